"""A real browser, and people signed in to the sandbox that SANDBOX_CREDENTIALS names.

Nothing here imports Django: the browser is all that these tests know of the product.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
DASHBOARDS = {"admin": "**/operations", "client": "**/clients/*/topology", "lab": "**/lab"}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where it is and who may sign in."""

    base_url: str
    people: dict[str, dict[str, str]]
    spare: dict[str, str]

    @property
    def tenant(self) -> str:
        return self.people["client"]["client_id"]

    def topology(self, view: str = "cycle") -> str:
        return f"/clients/{self.tenant}/topology?view={view}"


class Secrets:
    """Every secret that a test of this run has met, so that the last one can look for them in the logs."""

    def __init__(self) -> None:
        self.met: set[str] = set()

    def note(self, *values: str) -> None:
        self.met.update(value for value in values if value)

    def note_cookies(self, context: BrowserContext) -> None:
        self.note(*(cookie["value"] for cookie in context.cookies()))


@dataclass  # without slots: playwright keeps its wrapper of a method on the object
class Complaints:
    """What a browser found wrong: script errors, refusals of the security policy, failed requests."""

    found: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # A status is told by `_response`; the console only repeats it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.found.append(message.text)

    def _response(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            self.found.append(f"{response.status} {response.url}")


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    told = json.loads(Path(os.environ["SANDBOX_CREDENTIALS"]).read_text())
    return Sandbox(told["base_url"], {role: told[role] for role in DASHBOARDS}, told["spare"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def secrets(sandbox: Sandbox) -> Secrets:
    met = Secrets()
    met.note(*(person["password"] for person in sandbox.people.values()))
    return met


@pytest.fixture
def contexts(browser: Browser, sandbox: Sandbox, secrets: Secrets) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts; a test whose browser complained fails, whatever it asserted."""
    complaints, opened = Complaints(), []

    def open_context(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=sandbox.base_url, **{"viewport": WIDE, **options})
        context.set_default_timeout(15_000)
        context.on("page", complaints.listen)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        secrets.note_cookies(context)
        context.close()
    assert complaints.found == []


@pytest.fixture(scope="session")
def sessions(browser: Browser, sandbox: Sandbox) -> Callable[[str], Any]:
    """The cookies of a person of each role, signed in once."""
    known: dict[str, Any] = {}

    def session_of(role: str) -> Any:
        if role not in known:
            context = browser.new_context(base_url=sandbox.base_url)
            sign_in(context.new_page(), sandbox, role)
            known[role] = context.storage_state()
            context.close()
        return known[role]

    return session_of


@pytest.fixture
def page_of(contexts: Callable[..., BrowserContext], sessions: Callable[[str], Any]) -> Callable[..., Page]:
    """A new page of a person of some role; options are those of a browser context."""
    return lambda role, **options: contexts(storage_state=sessions(role), **options).new_page()


def sign_in(page: Page, sandbox: Sandbox, role: str) -> None:
    """Through the form, until the role's dashboard is there."""
    page.goto("/sign-in")
    page.get_by_label("Username").fill(sandbox.people[role]["username"])
    page.get_by_label("Password", exact=True).fill(sandbox.people[role]["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(DASHBOARDS[role])


def interrupt(*instance: str) -> None:
    """AWS takes the instance in two minutes, or one by chance."""
    subprocess.run([sys.executable, "-m", "deploy.sandbox", "chaos", "interrupt", *instance], check=True)


def until(page: Page, condition: str, *arguments: object, timeout: float = 30) -> None:
    """Wait for a JavaScript function to answer true.

    Playwright's own wait compiles it inside the page, which the page's security policy forbids.
    """
    deadline = time.monotonic() + timeout
    while not page.evaluate(condition, list(arguments)):
        assert time.monotonic() < deadline, f"not within {timeout} s: {condition}"
        page.wait_for_timeout(200)
