"""A cluster's tabs: decisions and their numbers, plans and their bound, requests, policy and its preview."""

import uuid

import pytest

from apps.accounts.models import AuditEvent
from apps.fleet.models import Policy
from apps.pipeline.pages.policy_form import GROUPS
from apps.pipeline.statuses import PlanPurpose
from tests.factories import ClientUserFactory, ClusterFactory, LabFactory
from tests.factories.pipeline import (
    ConsolidationFactory,
    PipelineRunFactory,
    PlacementPlanFactory,
    PlacementRequestFactory,
    WorkloadUsageFactory,
    decided,
)

pytestmark = pytest.mark.django_db
TABS = ("decisions", "plans", "consolidation", "rightsizing", "policy")


@pytest.fixture
def cluster():
    return ClusterFactory(name="Prod-A")


@pytest.fixture
def browser(browser_of, cluster):
    return browser_of(ClientUserFactory(client=cluster.client))


def path_of(cluster, part: str) -> str:
    return f"/clients/{cluster.client_id}/clusters/{cluster.pk}/{part}"


def text_of(browser, cluster, part: str) -> str:
    answer = browser.get(path_of(cluster, part))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_an_empty_tab_says_what_will_come(browser, cluster, tab: str) -> None:
    text = text_of(browser, cluster, tab)
    assert 'aria-current="page">' in text
    assert "Prod-A" in text


@pytest.mark.parametrize("tab", TABS)
def test_another_tenants_cluster_is_not_there(browser_of, cluster, tab: str) -> None:
    stranger = browser_of(ClientUserFactory())
    assert stranger.get(path_of(cluster, tab)).status_code == 404
    assert browser_of(LabFactory()).get(path_of(cluster, tab)).status_code == 403


@pytest.mark.requirement("2.6")
def test_a_decision_shows_the_funnel_and_why_each_node_stays_or_moves(browser, cluster) -> None:
    PipelineRunFactory(cluster=cluster)
    text = text_of(browser, cluster, "decisions")
    assert "1 of 2 nodes should move" in text
    assert "Family not allowed 100" in text
    assert "node-2 is as it is because of $0.0610/h." in text
    assert "It costs $0.0900/h." in text
    assert "0.680" in text  # the score


def test_decisions_can_be_narrowed_down_and_an_earlier_one_opened(browser, cluster) -> None:
    early = PipelineRunFactory(cluster=cluster, decisions=[decided("node-of-before")], moves=0)
    PipelineRunFactory(cluster=cluster)
    moves = text_of(browser, cluster, "decisions?verdict=move")
    assert "node-1 is as it is" in moves
    assert "node-2 is as it is" not in moves
    assert "node-of-before" in text_of(browser, cluster, f"decisions?run={early.pk}")


@pytest.mark.parametrize("run", ["nonsense", uuid.uuid4()])
def test_a_run_that_is_not_there_is_not_found(browser, cluster, run: object) -> None:
    PipelineRunFactory(cluster=cluster)
    assert browser.get(path_of(cluster, f"decisions?run={run}")).status_code == 404


@pytest.mark.requirement("P3.10")
def test_a_plan_says_its_cost_its_bound_its_packing_and_why_a_pod_has_no_place(browser, cluster) -> None:
    plan = PlacementPlanFactory(cluster=cluster)
    text = text_of(browser, cluster, f"plans/{plan.pk}")
    assert "$0.0610/h" in text
    assert "no plan costs less than $0.0636/h" in text
    assert "0.63\N{NO-BREAK SPACE}%" in text
    assert "50\N{NO-BREAK SPACE}%" in text  # of the node's CPU
    assert "It asks for 4 GPUs; none has any." in text
    assert "The cluster is in dry run mode" in text
    assert str(plan.pk) in text_of(browser, cluster, "plans")


def test_a_plan_that_the_check_refused_says_so(browser, cluster) -> None:
    plan = PlacementPlanFactory(cluster=cluster, faults=["Node 3 is full."])
    text = text_of(browser, cluster, f"plans/{plan.pk}")
    assert "The independent check refused this plan" in text
    assert "Node 3 is full." in text


def test_a_plan_of_another_cluster_is_not_found(browser, cluster) -> None:
    plan = PlacementPlanFactory(cluster=ClusterFactory(client=cluster.client))
    assert browser.get(path_of(cluster, f"plans/{plan.pk}")).status_code == 404


def test_the_list_of_plans_costs_the_same_however_many_there_are(
    browser, cluster, django_assert_max_num_queries
) -> None:
    PlacementPlanFactory.create_batch(8, cluster=cluster)
    with django_assert_max_num_queries(20):
        text_of(browser, cluster, "plans")


def test_a_consolidation_shows_its_waves_and_what_is_kept(browser, cluster) -> None:
    ConsolidationFactory(cluster=cluster)
    text = text_of(browser, cluster, "consolidation")
    assert "10 to 4" in text
    assert "$1.3000/h" in text
    assert "node-9 is marked do-not-disrupt." in text


def test_requests_show_the_largest_saving_first_and_all_on_demand(browser, cluster) -> None:
    WorkloadUsageFactory(cluster=cluster, name="small", saving_hourly_usd="0.01")
    WorkloadUsageFactory(cluster=cluster, name="large")
    WorkloadUsageFactory(cluster=cluster, name="fitting", saving_hourly_usd=0, advice={})
    text = text_of(browser, cluster, "rightsizing")
    assert text.index("<b>large</b>") < text.index("<b>small</b>")
    assert "<b>fitting</b>" not in text
    assert "<b>fitting</b>" in text_of(browser, cluster, "rightsizing?show=all")


def filled(browser, cluster, **changes: str) -> dict[str, str]:
    """The policy's form as the page shows it, with changes."""
    form = browser.get(path_of(cluster, "policy")).context["form"]
    data = {name: form[name].value() for group in GROUPS for name in group.fields}
    shown = {name: value for name, value in data.items() if value is not None and value is not False}
    return {name: "on" if value is True else str(value) for name, value in shown.items()} | changes


def test_the_policy_is_changed_by_its_form_and_the_trail_says_so(browser, cluster) -> None:
    data = filled(browser, cluster, cooldown_seconds="45", risk_ceiling="2.5", families="m5,c6i")
    assert browser.post(path_of(cluster, "policy"), data).status_code == 302
    policy = Policy.objects.get(cluster=cluster)
    assert (policy.cooldown_seconds, policy.families) == (2700, ["m5", "c6i"])
    assert policy.risk_ceiling == pytest.approx(0.025)
    (event,) = AuditEvent.objects.filter(what="policy_changed")
    assert set(event.after) == {"cooldown_seconds", "risk_ceiling", "families"}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("weight_cost", "0.9", "make 1.5 together"),
        ("risk_ceiling", "140", "less than or equal to 100"),
        ("cooldown_seconds", "soon", "Enter a whole number"),
        ("architectures", "sparc", "sparc is not one of the available choices"),
        ("max_pool_share_pct", "0", ""),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_nothing_is_changed(
    browser, cluster, field: str, value: str, says: str
) -> None:
    answer = browser.post(path_of(cluster, "policy"), filled(browser, cluster, **{field: value}))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not AuditEvent.objects.filter(what="policy_changed").exists()


def test_a_change_is_tried_on_yesterday_and_stores_nothing(browser, cluster) -> None:
    data = filled(browser, cluster, moves_per_hour="3")
    answer = browser.post(path_of(cluster, "policy/preview"), data)
    assert answer.status_code == 200
    assert "No decision of the last day is kept yet" in answer.content.decode()
    assert Policy.objects.get(cluster=cluster).moves_per_hour == 20


def test_a_preview_of_nonsense_says_what_is_wrong(browser, cluster) -> None:
    data = filled(browser, cluster, weight_cost="0.9")
    assert "must make 1" in browser.post(path_of(cluster, "policy/preview"), data).content.decode()


def test_what_if_says_why_it_cannot_be_told(browser, cluster) -> None:
    """The cluster of this test answers nobody."""
    text = text_of(browser, cluster, "what-if?node=node-1")
    assert "What if this node goes?" in text
    assert "node-1" in text
    assert 'data-tone="risk"' in text


def test_what_if_waits_for_a_solver_and_then_shows_its_answer(browser, cluster) -> None:
    asked = PlacementRequestFactory(
        cluster=cluster,
        purpose=PlanPurpose.WHAT_IF,
        context={
            "trigger": "node-1",
            "bill_hourly_usd": "2.00",
            "node_hourly_usd": "0.50",
            "moving": 2,
            "blocked": ["default/lonely has no owner."],
            "waiting": [],
        },
    )
    assert "A solver looks for the best places" in text_of(browser, cluster, f"what-if/{asked.pk}")
    PlacementPlanFactory(cluster=cluster, request=asked, purpose=PlanPurpose.WHAT_IF)
    text = text_of(browser, cluster, f"what-if/{asked.pk}")
    assert "2 pods would move to 1 node, 1 of them new, for $0.4390/h less; 1 would not leave" in text
    assert "default/lonely has no owner." in text


def test_a_dry_run_that_cannot_be_made_says_why(browser, cluster) -> None:
    answer = browser.post(path_of(cluster, "dry-run"))
    assert answer["Location"] == path_of(cluster, "plans")
    assert 'data-tone="critical"' in browser.get(answer["Location"]).content.decode()
