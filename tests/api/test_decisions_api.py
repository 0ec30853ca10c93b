"""The decisions of a cluster over the API: every node with its sentence, narrowed by verdict and reason."""

import pytest
from django.utils import timezone

from apps.pipeline.models import PipelineRun, Trigger
from tests.factories import ClientUserFactory, ClusterFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def cluster(person):
    return ClusterFactory(account__client=person.client)


@pytest.fixture
def url(cluster) -> str:
    return f"/api/client/clusters/{cluster.id}/decisions"


def entry(node, verdict="stay", reason="nothing_cheaper"):
    return {
        "instance": f"i-{node}",
        "node": node,
        "verdict": verdict,
        "reasons": [reason],
        "sentences": ["It costs $0.0300/h; the cheapest pool that fits costs $0.0400/h."],
        "scores": {"stay": None, "candidates": []},
        "alternatives": [],
    }


def run_of(cluster, *entries, trigger=Trigger.SCHEDULE):
    return PipelineRun.objects.create(
        cluster=cluster,
        trigger=trigger,
        mode="active",
        started_at=timezone.now(),
        seconds=0.2,
        scanned=30,
        static_filters=20,
        ml_prediction=10,
        final_selection=1,
        decisions=list(entries),
        moves=sum(each["verdict"] == "move" for each in entries),
    )


def test_the_newest_run_comes_first_with_every_entry(as_user, person, cluster, url) -> None:
    older, newer = run_of(cluster, entry("a")), run_of(cluster, entry("a"), entry("b", "move", "cheaper"))
    run_of(ClusterFactory(account__client=person.client), entry("other"))
    found = as_user(person).get(url).json()["results"]
    assert [run["id"] for run in found] == [str(newer.pk), str(older.pk)]
    assert [said["node"] for said in found[0]["decisions"]] == ["a", "b"]
    assert found[0]["decisions"][0] == entry("a")


@pytest.mark.parametrize(
    ("query", "nodes"),
    [
        ("verdict=move", ["b"]),
        ("verdict=stay", ["a", "c"]),
        ("reason=too_young", ["c"]),
        ("verdict=move&reason=too_young", []),
    ],
)
def test_entries_are_narrowed(as_user, person, cluster, url, query, nodes) -> None:
    run_of(cluster, entry("a"), entry("b", "move", "cheaper"), entry("c", reason="too_young"))
    [run] = as_user(person).get(f"{url}?{query}").json()["results"]
    assert [said["node"] for said in run["decisions"]] == nodes


@pytest.mark.parametrize(
    ("query", "count"), [("moves=true", 1), ("moves=false", 2), ("trigger=interruption", 1), ("", 3)]
)
def test_runs_are_narrowed(as_user, person, cluster, url, query, count) -> None:
    run_of(cluster, entry("a"))
    run_of(cluster, entry("a"), trigger=Trigger.INTERRUPTION)
    run_of(cluster, entry("b", "move"))
    assert as_user(person).get(f"{url}?{query}").json()["count"] == count


@pytest.mark.parametrize("query", ["verdict=maybe", "reason=because", "trigger=boredom"])
def test_a_filter_that_cannot_be_is_refused(as_user, person, url, query) -> None:
    assert as_user(person).get(f"{url}?{query}").status_code == 400


def test_a_page_has_five_runs(as_user, person, cluster, url) -> None:
    for _ in range(7):
        run_of(cluster, entry("a"))
    answer = as_user(person).get(url).json()
    assert (answer["count"], len(answer["results"])) == (7, 5)


def test_another_tenants_are_not_there(as_user, url) -> None:
    assert as_user(ClientUserFactory()).get(url).status_code == 404
