from decimal import Decimal

import pytest
from django.test import Client as Browser

from apps.fleet.statuses import NoticeKind, SwitchState
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    ClusterFactory,
    CompleteSwitchFactory,
    CostEntryFactory,
    LabFactory,
    NotificationFactory,
    PoolFactory,
    SpotInstanceFactory,
    SwitchFactory,
)

pytestmark = pytest.mark.django_db
OVERVIEW = "/api/admin/system/overview"


def browser_of(user):
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.mark.requirement("2.1")
def test_overview_answers_the_four_metrics():
    cluster = ClusterFactory()
    PoolFactory(price_hourly_usd=Decimal("0.03"), on_demand_hourly_usd=Decimal("0.096"))
    SpotInstanceFactory.create_batch(2, cluster=cluster)
    NotificationFactory(cluster=cluster, kind=NoticeKind.REBALANCE)
    CostEntryFactory(cluster=cluster, baseline_usd=Decimal(4), paid_usd=Decimal(1))
    metrics = browser_of(AdminFactory()).get(OVERVIEW).json()["metrics"]
    assert metrics["active_instances"] == {"value": 2, "trend_pct": 0.0}
    assert metrics["risk_detected"] == {
        "value": 1,
        "trend_pct": None,
        "by_type": {"rebalance": 1, "termination": 0},
    }
    assert metrics["cost_savings"]["hourly_usd"] == "0.1320"
    assert metrics["cost_savings"]["monthly_usd"] == "3.00"
    assert metrics["cost_savings"]["pct"] == 75
    assert metrics["optimizations"] == {"value": 0, "trend_pct": 0.0, "last_24h": 0}


@pytest.mark.parametrize("factory", [ClientUserFactory, LabFactory])
def test_overview_is_for_operators(factory):
    answer = browser_of(factory()).get(OVERVIEW)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


@pytest.mark.requirement("8.1")
def test_topology_answers_clusters_with_counts_health_and_switches():
    cluster = ClusterFactory(name="prod")
    switch = SwitchFactory(cluster=cluster, state=SwitchState.PREPARING)
    browser = browser_of(ClientUserFactory(client=cluster.client))
    body = browser.get(f"/api/client/{cluster.client_id}/topology").json()
    (seen,) = body["clusters"]
    assert (seen["id"], seen["name"], seen["mode"]) == (str(cluster.pk), "prod", "active")
    assert (seen["nodes"], seen["spot_nodes"], seen["on_demand_nodes"]) == (1, 1, 0)
    assert seen["health"] == {"status": "info", "text": "1 moving"}
    (moving,) = seen["running_switches"]
    assert (moving["id"], moving["instance"]) == (str(switch.pk), switch.old_instance.ec2_id)
    assert [step["state"] for step in moving["steps"]] == ["now", "todo", "todo", "todo"]
    assert body["seq"] == 0


def test_topology_of_another_tenant_is_not_found():
    other = ClusterFactory()
    answer = browser_of(ClientUserFactory()).get(f"/api/client/{other.client_id}/topology")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_queries_do_not_grow(django_assert_max_num_queries):
    browser = browser_of(AdminFactory())
    cluster = ClusterFactory()
    for _ in range(3):
        CompleteSwitchFactory(cluster=ClusterFactory(account=cluster.account))
        SwitchFactory(cluster=cluster)
    with django_assert_max_num_queries(13):  # the components and their load are one each
        browser.get(OVERVIEW)
    with django_assert_max_num_queries(12):  # the nodes being bought are one
        browser.get(f"/api/client/{cluster.client_id}/topology")
