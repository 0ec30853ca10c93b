"""A tenant's clusters, switches and notices: scoped, paged, filtered, at a fixed number of queries."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    ClusterFactory,
    CompleteSwitchFactory,
    LabFactory,
    NotificationFactory,
    OnDemandInstanceFactory,
    SpotInstanceFactory,
    SwitchFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def cluster(person):
    return ClusterFactory(account__client=person.client)


def test_a_cluster_is_listed_with_its_nodes_and_running_switches(as_user, person, cluster) -> None:
    ClusterFactory()
    SpotInstanceFactory.create_batch(3, cluster=cluster)
    OnDemandInstanceFactory(cluster=cluster)
    SpotInstanceFactory(cluster=cluster, node_name="")
    SpotInstanceFactory(cluster=cluster, state="terminated", terminated_at=timezone.now())
    SwitchFactory(cluster=cluster, state="switching", old_instance=cluster.instances.first())
    SwitchFactory(cluster=cluster, old_instance=cluster.instances.last())
    answer = as_user(person).get(f"/api/client/{person.client_id}/clusters").json()
    assert set(answer) == {"count", "next", "previous", "results"}
    (row,) = answer["results"]
    assert row["id"] == str(cluster.id)
    assert (row["nodes"], row["spot_nodes"], row["on_demand_nodes"]) == (4, 3, 1)
    assert row["running_switches"] == 1
    assert row["mode"] == "active"
    assert "kubeconfig" not in row


def test_a_cluster_that_was_given_back_is_not_listed(as_user, person, cluster) -> None:
    ClusterFactory(account=cluster.account, left_at=timezone.now())
    answer = as_user(person).get(f"/api/client/{person.client_id}/clusters").json()
    assert [row["id"] for row in answer["results"]] == [str(cluster.id)]


def test_no_answer_needs_more_queries_for_more_rows(
    as_user, person, cluster, django_assert_max_num_queries
) -> None:
    CompleteSwitchFactory.create_batch(5, cluster=cluster)
    NotificationFactory.create_batch(5, cluster=cluster, instance=cluster.instances.first())
    ClusterFactory.create_batch(5, account=cluster.account)
    api = as_user(person)
    for url in (
        f"/api/client/{person.client_id}/clusters",
        f"/api/client/clusters/{cluster.id}/switches",
        "/api/notifications",
    ):
        with django_assert_max_num_queries(4):
            assert len(api.get(url).json()["results"]) >= 5


@pytest.mark.parametrize("url", ["/api/client/{client}/clusters", "/api/client/clusters/{cluster}/switches"])
def test_another_tenants_and_an_unknown_one_are_the_same_404(as_user, person, cluster, url) -> None:
    theirs = url.format(client=person.client_id, cluster=cluster.id)
    unknown_id = uuid.uuid4()
    unknown = url.format(client=unknown_id, cluster=unknown_id)
    stranger = as_user(ClientUserFactory())
    one, other = stranger.get(theirs), stranger.get(unknown)
    assert one.status_code == other.status_code == 404
    own_id = str(person.client_id if "client}" in url else cluster.id)
    assert one.content.decode().replace(own_id, "") == other.content.decode().replace(str(unknown_id), "")
    assert as_user(AdminFactory()).get(theirs).status_code == 200
    assert as_user(LabFactory()).get(theirs).status_code == 403


def test_switches_are_the_newest_first_and_filtered_by_state(as_user, person, cluster) -> None:
    now = timezone.now()
    old = CompleteSwitchFactory(cluster=cluster, created_at=now - timedelta(hours=2))
    new = SwitchFactory(cluster=cluster, created_at=now, state="switching")
    api, url = as_user(person), f"/api/client/clusters/{cluster.id}/switches"

    def ids(query: str = "") -> list[str]:
        return [row["id"] for row in api.get(url + query).json()["results"]]

    assert ids() == [str(new.id), str(old.id)]
    assert ids("?ordering=created_at") == [str(old.id), str(new.id)]
    assert ids("?state=complete") == [str(old.id)]
    assert ids("?state=complete&state=switching") == [str(new.id), str(old.id)]
    assert ids("?open=true") == [str(new.id)]
    assert ids("?page_size=1&page=2") == [str(old.id)]


def test_a_state_that_does_not_exist_is_named(as_user, person, cluster) -> None:
    answer = as_user(person).get(f"/api/client/clusters/{cluster.id}/switches?state=done")
    assert answer.status_code == 400
    assert "state" in answer.json()["error"]["details"]


def test_money_is_text_and_time_is_utc(as_user, person, cluster) -> None:
    CompleteSwitchFactory(cluster=cluster)
    row = as_user(person).get(f"/api/client/clusters/{cluster.id}/switches").json()["results"][0]
    assert row["saving_hourly_usd"] == "0.010000"
    assert row["created_at"].endswith("Z")


def test_unread_notices_come_first(as_user, person, cluster) -> None:
    now = timezone.now()
    read = NotificationFactory(cluster=cluster, created_at=now, read_at=now)
    unread = NotificationFactory(cluster=cluster, created_at=now - timedelta(hours=1), kind="termination")
    NotificationFactory()
    api = as_user(person)
    assert [row["id"] for row in api.get("/api/notifications").json()["results"]] == [
        str(unread.id),
        str(read.id),
    ]
    assert api.get("/api/notifications?unread=true").json()["count"] == 1
    assert api.get("/api/notifications?kind=rebalance").json()["results"][0]["id"] == str(read.id)
    assert as_user(AdminFactory()).get("/api/notifications").json()["count"] == 3


def test_a_page_holds_at_most_500(as_user, person, cluster) -> None:
    NotificationFactory.create_batch(501, cluster=cluster)
    assert len(as_user(person).get("/api/notifications?page_size=500").json()["results"]) == 500
    assert as_user(person).get("/api/notifications?page_size=501").status_code == 400
