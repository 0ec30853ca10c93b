"""Pictures of every page into screens/, and the three of the README into docs/screens/."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE, interrupt

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
README = {
    ("operations", "dark", "wide"): "live-operations.png",
    ("live", "light", "wide"): "topology-live.png",
    ("cycle", "light", "wide"): "topology-cycle.png",
}
SIZES = {
    "wide": {"viewport": WIDE},
    "phone": {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True},
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures(page_of, sandbox, theme, size):
    page = page_of("admin", color_scheme=theme, **SIZES[size])
    for _ in range(2):
        interrupt()
    page.goto(sandbox.topology("live"))
    expect(page.locator(".lane").first).to_be_visible(timeout=300_000)
    tenant = f"/clients/{sandbox.tenant}"
    pages = {
        "live": sandbox.topology("live"),
        "cycle": sandbox.topology("cycle"),
        "operations": "/operations",
        "account": "/account",
        "security": "/account/security",
        "tokens": "/account/tokens",
        "people": "/people",
        "add-client": "/people/new",
        "audit": "/audit",
        "lab": "/lab",
        "connections": f"{tenant}/connections",
        "connect-account": f"{tenant}/connections/accounts/new",
        "work": f"{tenant}/operations",
        "team": f"{tenant}/team",
        "tenant-audit": f"{tenant}/audit",
    }
    for name, path in pages.items():
        page.goto(path)
        expect(page.locator("#live-dot")).to_have_attribute("data-state", "live")
        picture = ROOT / "screens" / f"{name}-{theme}-{size}.png"
        page.screenshot(path=picture, full_page=size == "phone")
        if kept := README.get((name, theme, size)):
            page.screenshot(path=ROOT / "docs" / "screens" / kept)
