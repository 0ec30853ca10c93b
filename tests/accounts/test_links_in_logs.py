"""The secret of a mailed link is in no line that any logger of a web process writes."""

import os
import subprocess
import sys

import pytest

SECRET = "c2VjcmV0-of_a-link"
JOIN, RESET = "/join/0d0f3a3e-5a1a-4b0e-9f3b-0a1b2c3d4e5f/", "/reset-password/MQ/"
# An address with its secret, and what of it may be written.
LINKS = (
    (f"{JOIN}{SECRET}", JOIN),
    (f"{RESET}{SECRET}?next=/", RESET),
    (f"/openid/callback?code={SECRET}&state={SECRET}", "/openid/callback?"),
)
# What the server configures first, the settings second; then each kind of line that holds an address.
PROGRAM = """
import logging, sys
from uvicorn import Config
Config("atharva.asgi:application")
from atharva.settings.logs import configure_logging
configure_logging(level="INFO", as_json=sys.argv[1] == "json")
import structlog
link = sys.argv[2]
logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "192.0.2.1:1", "GET", link, "1.1", 302)
logging.getLogger("django.request").warning("Gone: %s", link, extra={"status_code": 410})
structlog.get_logger("ours").info("asked", path=link)
try:
    raise ValueError(f"no page at {link}")
except ValueError:
    logging.getLogger("django.request").exception("Internal Server Error: %s", link)
"""


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(("link", "kept"), LINKS)
def test_every_line_masks_it_and_keeps_the_rest(form, link, kept) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, form, link],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = ran.stdout + ran.stderr
    assert SECRET not in lines
    assert lines.count(f"{kept}[masked]") >= 4
    for trace in ("192.0.2.1", "Gone", "asked", "ValueError"):
        assert trace in lines


def test_a_server_that_was_told_to_keep_no_access_log_keeps_none() -> None:
    said = 'import logging\nlogging.getLogger("uvicorn.access").info("GET /")\n'
    program = (
        "from uvicorn import Config\n"
        'Config("atharva.asgi:application", access_log=False)\n'
        "from atharva.settings.logs import configure_logging\n"
        f'configure_logging(level="INFO", as_json=True)\n{said}'
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], env=os.environ, capture_output=True, text=True, check=True
    )
    assert "GET /" not in ran.stdout + ran.stderr
