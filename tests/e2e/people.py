"""People made in Client Management for one test, so that nobody else's session ends in it."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Secrets


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    username: str
    password: str


def open_form(admin: Page, name: str, email: str, role: str) -> None:
    """The dialog over the list, filled in."""
    admin.goto("/people")
    admin.get_by_role("link", name="Add Client").click()
    dialog = admin.locator("#dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("E-mail").fill(email)
    dialog.get_by_label("Role").select_option(role)


def made(admin: Page, secrets: Secrets, name: str) -> Person:
    """What the credentials dialog shows after the form was sent."""
    dialog = admin.locator("#dialog")
    expect(dialog.get_by_role("heading", name="Client created successfully")).to_be_visible()
    username = dialog.locator("#credentials-username").inner_text()
    password = dialog.locator("#credentials-password").inner_text()
    secrets.note(password)
    return Person(name, username, password)


def enter(page: Page, person: Person) -> None:
    """Their name and password into the form, and send it."""
    page.goto("/sign-in")
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Sign in").click()
