"""The lab's dashboard tells of the model in use what is true now, and nothing else."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.mlops.selectors import evidence
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    ClusterFactory,
    InstanceTypeFactory,
    LabFactory,
    OnDemandInstanceFactory,
    PoolEventFactory,
    PoolFactory,
    SpotInstanceFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def lab() -> Browser:
    browser = Browser()
    browser.force_login(LabFactory())
    return browser


def scored_pool(name: str, probability: float):
    return PoolFactory(
        instance_type=InstanceTypeFactory(name=name),
        interruption_probability=probability,
        risk_upper=2 * probability,
        risk_source="advisor range 1",
        risk_at=NOW,
    )


@pytest.mark.requirement("1.9")
def test_researchers_begin_here_and_admins_may_look(lab: Browser) -> None:
    assert lab.get("/").headers["Location"] == "/lab"
    assert lab.get("/lab").status_code == 200
    admin = Browser()
    admin.force_login(AdminFactory())
    assert admin.get("/lab").status_code == 200


def test_tenants_may_not(client: Browser) -> None:
    client.force_login(ClientUserFactory())
    assert client.get("/lab").status_code == 403
    assert client.get("/lab/body").status_code == 403


def test_before_anything_is_scored_it_says_so(lab: Browser) -> None:
    page = lab.get("/lab?pools=all").content.decode()
    assert "No pool is scored yet" in page
    assert "nothing has run" in page


def test_the_rates_are_counted_and_expected_over_what_really_ran() -> None:
    pool = scored_pool("m6i.large", 0.004)
    cluster = ClusterFactory()
    SpotInstanceFactory(cluster=cluster, launched_at=NOW - timedelta(hours=30))
    SpotInstanceFactory(
        cluster=cluster,
        state="terminated",
        launched_at=NOW - timedelta(days=9),
        terminated_at=NOW - timedelta(days=6),
        node_name="",
    )
    OnDemandInstanceFactory(cluster=cluster)
    for kind in ("interruption", "rebalance", "rebalance"):
        PoolEventFactory(pool=pool, kind=kind, at=NOW - timedelta(days=1))
    PoolEventFactory(pool=pool, at=NOW - timedelta(days=8))

    seen = evidence.observed(NOW)

    assert seen.node_hours == pytest.approx(30 + 24, abs=0.01)
    assert (seen.interruptions, seen.rebalances, seen.no_capacity) == (1, 2, 0)
    assert seen.per_thousand_hours == pytest.approx(1000 / 54, rel=0.01)
    now = evidence.expected()
    assert (now.nodes, now.unscored, now.interruptions_next_hour) == (1, 0, 0.004)
    assert now.per_thousand_hours == pytest.approx(4)


def test_a_node_in_a_pool_without_a_score_is_said_and_not_guessed() -> None:
    SpotInstanceFactory(cluster=ClusterFactory())
    found = evidence.expected()
    assert (found.nodes, found.unscored, found.per_thousand_hours) == (1, 1, None)


def test_every_scored_pool_is_in_one_band() -> None:
    for name, probability in (("m5.large", 0.00005), ("m6i.large", 0.0001), ("c6i.xlarge", 0.2)):
        scored_pool(name, probability)
    assert [band.pools for band in evidence.bands()] == [1, 1, 0, 0, 1]


def test_predictions_are_of_pools_in_use_the_riskiest_first(lab: Browser) -> None:
    cluster = ClusterFactory()
    for name, probability in (("m5.large", 0.001), ("m6i.large", 0.02), ("c6i.xlarge", 0.3)):
        scored_pool(name, probability)
        if name != "c6i.xlarge":
            SpotInstanceFactory(cluster=cluster, instance_type=InstanceTypeFactory(name=name))
    in_use = lab.get("/lab/body").content.decode()
    assert in_use.index("m6i.large") < in_use.index("m5.large")
    assert "2\N{NO-BREAK SPACE}%" in in_use and "c6i.xlarge" not in in_use
    everywhere = lab.get("/lab/body?pools=all&ordering=pool").content.decode()
    assert everywhere.index("c6i.xlarge") < everywhere.index("m5.large")


@pytest.mark.parametrize("query", ["ordering=nonsense", "page=999", "page=x", "pools=%00"])
def test_an_address_that_makes_no_sense_shows_the_page_all_the_same(lab: Browser, query: str) -> None:
    scored_pool("m5.large", 0.001)
    assert lab.get(f"/lab?{query}").status_code == 200


def test_the_queries_do_not_grow_with_the_market(lab: Browser, django_assert_num_queries) -> None:
    for index in range(60):
        scored_pool(f"m5.{index}xlarge", 0.001)
    with django_assert_num_queries(9):
        lab.get("/lab/body?pools=all")


def test_a_head_orders_by_its_column_figures_from_the_largest(lab: Browser) -> None:
    for name, probability in (("m5.large", 0.001), ("m6i.large", 0.02)):
        scored_pool(name, probability)

    def order(ordering: str) -> list[str]:
        pools = lab.get(f"/lab/body?pools=all&ordering={ordering}").context["pools"]
        return [pool.instance_type_id for pool in pools]

    assert order("-risk") == order("") == ["m6i.large", "m5.large"] == order("risk")[::-1]
    columns = {column.label: column for column in lab.get("/lab/body?pools=all").context["columns"]}
    assert (columns["Nodes"].href, columns["Pool"].href) == (
        "?pools=all&ordering=-nodes",
        "?pools=all&ordering=pool",
    )
    assert columns["Within 1 h"].direction == "descending"
