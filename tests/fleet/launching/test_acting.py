"""What is looked at again at the moment of acting: who waits, what the policy allows, what it may cost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from kubernetes.client import AppsV1Api

from apps.fleet.models import Cluster, Launch, Policy
from apps.fleet.services.launching import advance
from apps.fleet.services.launching.spending import hourly_usd, within_cap
from apps.fleet.statuses import LaunchState, Mode, Placement
from tests.world.tenant import eventually

from .conftest import Buyer

pytestmark = pytest.mark.django_db


def change(buyer: Buyer, **policy: Any) -> None:
    Policy.objects.filter(cluster=buyer.tenant.cluster).update(**policy)


def advanced(launch: Launch) -> Launch:
    advance(launch.pk)
    return Launch.objects.get(pk=launch.pk)


def test_nothing_is_bought_for_pods_that_are_gone_meanwhile(buyer: Buyer) -> None:
    launch = buyer.begin(buyer.waiting())
    AppsV1Api(buyer.tenant.api).delete_namespaced_deployment("web", "default")
    eventually("they are gone", lambda: len(buyer.tenant.core.list_namespaced_pod("default").items) == 1)

    launch = advanced(launch)

    assert (launch.state, launch.detail) == ("cancelled", "Not bought: none of its 2 pods waits any more")
    assert not buyer.bought


def test_it_is_bought_while_one_of_its_pods_waits(buyer: Buyer) -> None:
    launch = buyer.begin(buyer.waiting())
    scale = {"spec": {"replicas": 1}}
    AppsV1Api(buyer.tenant.api).patch_namespaced_deployment_scale("web", "default", scale)
    eventually("one is left", lambda: len(buyer.tenant.core.list_namespaced_pod("default").items) == 2)

    assert advanced(launch).state == LaunchState.JOINING


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ({"mode": Mode.OBSERVE}, "The cluster is in observe mode, so nothing is bought"),
        ({"mode": Mode.DRY_RUN}, "The cluster is in dry run mode, so nothing is bought"),
        ({"placement": Placement.OFF}, "Placement was turned off"),
    ],
)
def test_a_policy_that_has_changed_calls_it_off(buyer: Buyer, policy: dict[str, Any], why: str) -> None:
    launch = buyer.begin([])
    change(buyer, **policy)

    launch = advanced(launch)

    assert (launch.state, launch.detail) == ("cancelled", why)
    assert not buyer.bought


def test_another_autoscaler_calls_it_off_unless_a_person_chose_us(buyer: Buyer) -> None:
    Cluster.objects.filter(pk=buyer.tenant.cluster.pk).update(autoscaler="Karpenter")
    launch = advanced(buyer.begin([]))
    assert (launch.state, launch.detail) == ("cancelled", "Karpenter buys this cluster's nodes")

    change(buyer, placement=Placement.SCHEDULER)
    assert advanced(buyer.begin([])).state == LaunchState.JOINING


def test_while_the_cluster_is_paused_it_waits_and_says_so(buyer: Buyer) -> None:
    launch = buyer.begin([])
    change(buyer, paused_at=timezone.now(), paused_reason="Black Friday")
    launch = advanced(launch)
    assert (launch.state, launch.detail) == ("planned", "Waiting: the cluster is paused: Black Friday")
    assert launch.look_again_at > timezone.now()

    change(buyer, paused_at=None)
    assert advanced(launch).state == LaunchState.JOINING


def test_what_waited_too_long_is_left_to_a_new_plan(buyer: Buyer) -> None:
    launch = buyer.begin([])
    change(buyer, paused_at=timezone.now(), paused_reason="Black Friday")
    advance(launch.pk)
    Launch.objects.update(created_at=timezone.now() - timedelta(minutes=16))

    launch = advanced(launch)

    assert launch.state == LaunchState.FAILED
    assert launch.error == ("Its plan is older than 15 minutes. Waiting: the cluster is paused: Black Friday")


@pytest.mark.requirement("P3.5")
def test_beyond_the_cap_it_waits_and_says_so(buyer: Buyer) -> None:
    spent, [pool] = hourly_usd(buyer.tenant.cluster), buyer.pools(1)
    assert spent > 0
    change(buyer, max_price_hourly_usd=spent + pool.price_hourly_usd - Decimal("0.0010"))

    launch = advanced(buyer.begin([], [pool]))

    assert launch.state == LaunchState.PLANNED
    assert launch.detail.startswith(f"Waiting: ${pool.price_hourly_usd:.4f}/h more would pass")
    assert launch.detail.endswith(f"it costs ${spent:.4f}/h now")
    assert not buyer.bought

    change(buyer, max_price_hourly_usd=spent + pool.price_hourly_usd + Decimal("0.0010"))
    assert advanced(launch).state == LaunchState.JOINING


def test_two_launches_are_never_given_the_same_dollars(buyer: Buyer) -> None:
    [pool] = buyer.pools(1)
    spent = hourly_usd(buyer.tenant.cluster)
    change(buyer, max_price_hourly_usd=spent + pool.price_hourly_usd * Decimal("1.5"))
    first, second = buyer.begin([], [pool]), buyer.begin([], [pool])

    assert within_cap(first, [pool]) == ([pool], "")  # and not bought yet
    held, why = within_cap(second, [pool])

    assert held == []
    assert f"it costs ${spent + pool.price_hourly_usd:.4f}/h now" in why
    assert within_cap(first, [pool]) == ([pool], "")


def test_the_cap_leaves_out_only_the_pools_that_pass_it(buyer: Buyer) -> None:
    cheap, *_, dear = buyer.pools(20)
    assert dear.price_hourly_usd > cheap.price_hourly_usd
    spent = hourly_usd(buyer.tenant.cluster)
    change(buyer, max_price_hourly_usd=spent + cheap.price_hourly_usd)
    assert within_cap(buyer.begin([], [dear, cheap]), [dear, cheap]) == ([cheap], "")
