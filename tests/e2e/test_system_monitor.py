"""System Monitor and the pipeline's panels, in a browser, on a platform whose processes die and hang."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from deploy.sandbox.process.records import read_records
from deploy.sandbox.process.state import StateDir

# A death is seen within half a minute, and spoken of for another.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
SEEN_MS = 30_000  # so soon its card tells of a process's death
BACK_MS = 90_000


@pytest.fixture
def monitor(page_of) -> Page:
    page = page_of("admin")
    page.goto("/system")
    expect(page.locator(".part")).to_have_count(10)
    return page


def card(page: Page, component: str):
    return page.locator(f"#component-{component}")


def state(page: Page, component: str):
    return card(page, component).locator(".pill")


@contextmanager
def hanging(name: str) -> Iterator[None]:
    """A process of the sandbox stands still: no supervisor sees anything wrong with it."""
    records = read_records(StateDir.of_checkout().processes)
    group = next(record.pid for record in records if record.name == name)
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


@pytest.mark.requirement("4.1")
def test_three_counts_add_up_to_ten_cards(monitor):
    numbers = [int(count.inner_text()) for count in monitor.locator(".count__number").all()]
    assert sum(numbers) == 10
    for part in monitor.locator(".part").all():
        expect(part.locator(".pill")).to_have_text(re.compile("Healthy|Degraded|Critical"))
        expect(part.locator(".log li").first).to_be_visible()


@pytest.mark.requirement("4.2")
def test_what_answers_shows_its_latency(monitor):
    expect(state(monitor, "database")).to_contain_text("Healthy", timeout=BACK_MS)
    expect(card(monitor, "database")).to_contain_text(re.compile(r"Avg latency\s*[\d.]+ ms"))
    expect(card(monitor, "database").locator(".part__spark polyline")).to_have_attribute(
        "points", re.compile(r"\d")
    )


@pytest.mark.requirement("4.5")
def test_auto_refresh_counts_down_and_is_remembered(monitor):
    toggle = monitor.get_by_role("switch", name="Auto-refresh")
    toggle.check()
    expect(monitor.get_by_text("Auto-refreshing")).to_be_visible()
    expect(monitor.locator(".ring__words")).to_have_text(re.compile(r"^2\d s$"))
    monitor.reload()
    expect(monitor.get_by_role("switch", name="Auto-refresh")).to_be_checked()
    with monitor.expect_response(lambda answer: answer.url.endswith("/system?status="), timeout=35_000):
        pass


@pytest.mark.requirement("4.6")
def test_refresh_now_spins_and_fetches_all_cards(monitor):
    button = monitor.locator("#refresh-now")
    with monitor.expect_response(re.compile(r"/system\?status=$")) as answered:
        button.click()
    assert answered.value.text().count("<article") == 10
    expect(button).not_to_have_class(re.compile("is-spinning"))


def test_a_count_shows_its_components_alone_and_leads_back(monitor):
    monitor.locator(".count[data-key=healthy]").click()
    expect(monitor).to_have_url(re.compile(r"\?status=healthy$"))
    expect(monitor.locator(".part").first).to_be_visible()
    monitor.locator(".count[data-key=healthy]").click()
    expect(monitor.locator(".part")).to_have_count(10)


@pytest.mark.requirement("4.7", "4.8")
def test_a_process_that_hangs_turns_its_card_and_turns_it_back(monitor):
    expect(state(monitor, "price_scraper")).not_to_contain_text("Critical", timeout=BACK_MS)
    with hanging("worker_ingest"):
        expect(state(monitor, "price_scraper")).to_contain_text("Critical", timeout=SEEN_MS)
        expect(card(monitor, "price_scraper")).to_contain_text("No worker of the queue ingest answers")
        expect(card(monitor, "price_scraper")).to_contain_text("N/A")
    expect(state(monitor, "price_scraper")).not_to_contain_text("Critical", timeout=BACK_MS)


@pytest.mark.requirement("4.7")
def test_a_process_that_is_killed_turns_its_card_although_it_comes_back(monitor):
    expect(state(monitor, "k8s_controller")).to_contain_text("Healthy", timeout=BACK_MS)
    subprocess.run([sys.executable, "-m", "deploy.sandbox", "chaos", "kill", "watcher"], check=True)
    expect(state(monitor, "k8s_controller")).to_contain_text(re.compile("Degraded|Critical"), timeout=SEEN_MS)
    expect(card(monitor, "k8s_controller")).to_contain_text("cluster watcher")
    expect(state(monitor, "k8s_controller")).to_contain_text("Healthy", timeout=BACK_MS * 2)


@pytest.mark.requirement("2.7")
def test_a_stage_of_the_funnel_explains_itself(page_of):
    page = page_of("admin")
    page.goto("/operations")
    stages = page.locator(".stage")
    expect(stages).to_have_count(4, timeout=BACK_MS)
    stages.nth(1).hover()
    expect(stages.nth(1).get_by_role("tooltip")).to_be_visible()
    page.mouse.move(0, 0)
    stages.nth(2).focus()
    page.keyboard.press("Shift+Tab")
    expect(stages.nth(1).get_by_role("tooltip")).to_be_visible()
    expect(stages.nth(1).get_by_role("tooltip")).to_contain_text("Static filters:")


@pytest.mark.requirement("2.9", "2.11")
def test_four_loops_and_the_load(page_of):
    page = page_of("admin")
    page.goto("/operations")
    expect(page.locator(".loop")).to_have_count(4)
    expect(page.locator("#loops .load")).to_contain_text(re.compile(r"[\d.]+ of \d+ worker slots"))
