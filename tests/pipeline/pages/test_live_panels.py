"""What the pipeline shows on Live Operations."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.pipeline.health.finding import Finding, degraded
from apps.pipeline.health.recording import record_round
from apps.pipeline.models import Heartbeat, PipelineRun, Trigger
from apps.pipeline.pages.live import bars
from apps.pipeline.selectors.funnel import latest_funnel
from apps.pipeline.statuses import ComponentKey
from tests.factories import AdminFactory, ClusterFactory

pytestmark = pytest.mark.django_db
LIVE = "/operations"


@pytest.fixture
def operator():
    browser = Browser()
    browser.force_login(AdminFactory())
    return browser


@pytest.fixture
def decided():
    return PipelineRun.objects.create(
        cluster=ClusterFactory(name="prod-cluster-a"),
        trigger=Trigger.MARKET,
        started_at=timezone.now() - timedelta(seconds=41),
        seconds=0.9,
        scanned=1498,
        static_filters=401,
        ml_prediction=347,
        final_selection=5,
        rejections={
            "static_filters": {
                "architecture": 900,
                "family": 190,
                "quota": 4,
                "no_subnet": 2,
                "generation": 1,
            },
            "ml_prediction": {"too_risky": 54},
        },
    )


def panel(page, key):
    """The html of one panel of the page."""
    return page.content.decode().partition(f'id="{key}"')[2].partition("</section>")[0]


@pytest.mark.requirement("2.6")
def test_the_funnel_shows_counts_shares_and_the_runs_age(operator, decided):
    shown = panel(operator.get(LIVE), "funnel")
    assert "1,498 pools looked at, 5 chosen in 0.9 s" in shown
    for words in ("Pools scanned", "Static filters", "Risk prediction", "Final selection", "26.8&nbsp;%"):
        assert words in shown
    assert "prod-cluster-a, the market changed" in shown
    assert 'data-clock="age"' in shown


@pytest.mark.requirement("2.7")
def test_each_stage_can_be_focused_and_is_described_by_all_its_reasons(operator, decided):
    shown = panel(operator.get(LIVE), "funnel")
    assert shown.count('tabindex="0"') == shown.count('role="tooltip"') == 4
    tip = shown.partition('id="why-static_filters"')[2].partition("</li>\n")[0]
    assert "Left after what the policy" in tip
    assert "Generation too old" in tip
    assert "and 1 more reason<" in shown


def test_before_the_first_decision_the_funnel_says_when_it_comes(operator):
    assert "Nothing has been decided yet" in panel(operator.get(LIVE), "funnel")


@pytest.mark.requirement("2.8")
@pytest.mark.parametrize(
    ("key", "event", "address"),
    [("funnel", "funnel_updated", "funnel"), ("loops", "component_changed", "loops")],
)
def test_a_panel_is_fetched_again_after_its_event_and_every_half_minute(operator, key, event, address):
    head = panel(operator.get(LIVE), key).partition(">")[0]
    assert f'data-refresh="{event}"' in head
    assert 'data-refresh-at-least="30000"' in head
    assert f'hx-get="{LIVE}/{address}"' in head
    assert operator.get(f"{LIVE}/{address}").status_code == 200


def test_the_bars_narrow_and_even_the_smallest_is_seen(decided):
    drawn = bars(latest_funnel().stages)
    heights = [bar.height for bar in drawn]
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] > 1
    assert [bool(bar.slope) for bar in drawn] == [True, True, True, False]
    assert all(bar.top * 2 + bar.height == pytest.approx(100, abs=0.02) for bar in drawn)


@pytest.mark.requirement("2.9", "2.10")
def test_four_loops_with_their_state_in_word_and_shape(operator):
    now = timezone.now()
    well = Finding("Well.", worked_at=now, next_at=now + timedelta(seconds=36))
    slow = Finding("", [degraded("No decision for 10 min: prod.")], worked_at=now - timedelta(minutes=11))
    record_round({key: slow if key == ComponentKey.COST_OPTIMIZER else well for key in ComponentKey}, now)
    shown = panel(operator.get(LIVE), "loops")
    names = ("Price scraper", "Risk engine", "Cost optimizer", "K8s controller")
    assert [shown.index(name) for name in names] == sorted(shown.index(name) for name in names)
    assert "3 healthy, 1 degraded" in shown
    assert "No decision for 10 min: prod." in shown
    assert shown.count('class="pill') == 5  # the note of a failed refresh among them
    assert shown.count('data-clock="countdown"') == 3
    assert "/system#component-cost_optimizer" in shown


@pytest.mark.requirement("2.11")
def test_the_load_bar_has_its_unit(operator):
    now = timezone.now()
    Heartbeat.objects.create(
        process="worker_default@host:1",
        kind="worker_default",
        started_at=now,
        beat_at=now,
        busy=4.5,
        slots=10,
    )
    shown = panel(operator.get(LIVE), "loops")
    assert 'value="45.0"' in shown
    assert "4.5 of 10 worker slots" in shown


def test_without_workers_the_load_says_so(operator):
    assert "No worker answers" in panel(operator.get(LIVE), "loops")
