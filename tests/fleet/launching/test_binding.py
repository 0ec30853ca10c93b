"""Placement `bind`: pods are bound to the node that was bought for them, as far as it has room."""

import pytest

from apps.fleet.errors import ClusterForbidden
from apps.fleet.models import Policy
from apps.fleet.services.launching import advancing
from apps.fleet.statuses import LaunchState, Placement
from tests.world.tenant import eventually

from .conftest import Buyer

pytestmark = pytest.mark.django_db
# Pods that name another scheduler are looked at by none here: whoever runs was bound.
NOBODYS = {"schedulerName": "nobody"}


@pytest.fixture
def binder(buyer: Buyer) -> Buyer:
    Policy.objects.update(placement=Placement.BIND)
    buyer.tenant.cluster.policy.refresh_from_db()
    return buyer


@pytest.mark.requirement("P3.4")
def test_pods_are_bound_to_the_node_that_was_bought_for_them(binder: Buyer) -> None:
    pods = binder.waiting(**NOBODYS)

    launch = binder.finish(binder.begin(pods))

    assert launch.binds
    assert launch.bound == 2
    assert launch.detail == f"2 of 2 pods are on {launch.instance.node_name}"
    eventually("they run", lambda: binder.tenant.ready("web") == 2)
    assert binder.tenant.pods_on(launch.instance.node_name) == {pod.name for pod in pods}


def test_they_are_bound_before_the_scheduler_may_fill_the_node_with_others(binder: Buyer) -> None:
    """Others wait longer, and the scheduler would take them first."""
    others, pods = binder.waiting("others"), binder.waiting("ours")
    binder.tenant.kube.order(f"clusters/{binder.tenant.name}/kubelets", ready_seconds=5)

    launch = binder.finish(binder.begin(pods))

    assert binder.seen[:2] == ["joining", "binding"]
    assert binder.tenant.pods_on(launch.instance.node_name) == {pod.name for pod in pods}
    assert len(others) == 2


def test_what_does_not_fit_is_left_to_the_scheduler(binder: Buyer) -> None:
    launch = binder.finish(binder.begin(binder.waiting(replicas=3, **NOBODYS)))

    name = launch.instance.node_name
    assert (launch.state, launch.bound) == (LaunchState.READY, 2)
    assert launch.detail == f"2 of 3 pods are on {name}; 1 did not fit any more"
    assert len(binder.tenant.pods_on(name)) == 2


def test_pods_that_the_scheduler_was_faster_with_are_placed_all_the_same(binder: Buyer) -> None:
    launch = binder.begin(binder.waiting())
    launch = binder.reach(launch, LaunchState.JOINING)
    eventually("the scheduler places them", lambda: binder.tenant.ready("web") == 2)

    launch = binder.finish(launch)

    assert (launch.state, launch.bound) == (LaunchState.READY, 2)


def test_a_right_that_is_missing_leaves_the_node_to_the_scheduler(
    binder: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:

    def refused(*_: object) -> None:
        raise ClusterForbidden(cluster="c", call="create pods/binding", why="no")

    monkeypatch.setitem(advancing.STEPS, LaunchState.BINDING, refused)

    launch = binder.finish(binder.begin(binder.waiting()))

    assert (launch.state, launch.binds) == (LaunchState.READY, False)
    assert "create pods/binding" in launch.error
    eventually("the scheduler places them", lambda: binder.tenant.ready("web") == 2)
