"""The nodes bought for a cluster's pods, over the API."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import ClientUserFactory, ClusterFactory, LaunchFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def cluster(person):
    return ClusterFactory(account__client=person.client)


def test_a_launch_is_listed_with_its_pool_its_node_and_how_many_pods_it_is_for(
    as_user, person, cluster
) -> None:
    launch = LaunchFactory(ready=True, cluster=cluster, plan_id=uuid.uuid4(), bound=1)
    [row] = as_user(person).get(f"/api/client/clusters/{cluster.id}/launches").json()["results"]
    assert row["id"] == str(launch.id)
    assert (row["state"], row["state_label"]) == ("ready", "Ready")
    assert row["pool"] == "m6i.large us-east-1a spot"
    assert (row["instance"], row["node"]) == (launch.instance.ec2_id, launch.instance.node_name)
    assert (row["pods"], row["bound"], row["plan_id"]) == (2, 1, str(launch.plan_id))


def test_launches_are_the_newest_first_and_filtered_by_state_plan_and_openness(
    as_user, person, cluster
) -> None:
    now, plan = timezone.now(), uuid.uuid4()
    old = LaunchFactory(ready=True, cluster=cluster, created_at=now - timedelta(hours=2))
    new = LaunchFactory(cluster=cluster, created_at=now, plan_id=plan)
    LaunchFactory()

    def ids(query: str = "") -> list[str]:
        rows = as_user(person).get(f"/api/client/clusters/{cluster.id}/launches{query}").json()["results"]
        return [row["id"] for row in rows]

    assert ids() == [str(new.id), str(old.id)]
    assert ids("?state=ready") == [str(old.id)]
    assert ids(f"?plan={plan}") == ids("?open=true") == [str(new.id)]


def test_their_queries_do_not_grow_and_another_tenants_are_not_found(
    as_user, person, cluster, django_assert_max_num_queries
) -> None:
    LaunchFactory.create_batch(5, ready=True, cluster=cluster)
    api = as_user(person)
    with django_assert_max_num_queries(4):
        assert len(api.get(f"/api/client/clusters/{cluster.id}/launches").json()["results"]) == 5
    theirs = ClusterFactory()
    assert api.get(f"/api/client/clusters/{theirs.id}/launches").status_code == 404
