"""Where the letters of a sandbox go: into files of its owner, never into a log."""

import stat
from pathlib import Path

import environ
import pytest

from deploy.sandbox.process.cleanup import forget
from deploy.sandbox.process.installation import Installation, Ports
from deploy.sandbox.process.state import StateDir

INSTALLATION = Installation("name", Ports(8000, 1, 2, 3, 4), *["secret"] * 7)


@pytest.mark.parametrize("name", ["sandbox", "a folder + more"])
def test_the_product_is_told_to_put_letters_into_the_state_directory(name: str, tmp_path: Path) -> None:
    state = StateDir(tmp_path / name)
    url = INSTALLATION.environment(state, database_url="", redis_url="")["EMAIL_URL"]
    config = environ.Env.email_url_config(url)
    assert config["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert Path(config["EMAIL_FILE_PATH"]) == state.mail
    assert state.logs not in state.mail.parents


def test_only_their_owner_reads_them_and_a_reset_forgets_them(tmp_path: Path) -> None:
    state = StateDir(tmp_path)
    state.make()
    assert stat.S_IMODE(state.mail.stat().st_mode) == 0o700
    (state.mail / "letter").touch()
    forget(state)
    assert not state.mail.exists()
