"""The product's own processes, started against a test's database as an installation starts them."""

import os
import signal
import sys
import tempfile
from io import StringIO
from pathlib import Path

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django_celery_beat.models import PeriodicTask

from .servers import ROOT, AwsEmulator

MANAGE = [sys.executable, "manage.py"]
CELERY = [sys.executable, "-m", "celery", "-A", "celery_app"]
QUIET = ["--without-gossip", "--without-mingle", "-l", "WARNING"]
COMMANDS = {
    "switches": [
        *CELERY,
        "worker",
        "-Q",
        "switches",
        "-n",
        "switches@test",
        "-P",
        "threads",
        "-c",
        "8",
        *QUIET,
    ],
    "others": [
        *CELERY,
        "worker",
        "-Q",
        "default,ingest",
        "-n",
        "others@test",
        "-P",
        "threads",
        "-c",
        "2",
        *QUIET,
    ],
    "solver": [*CELERY, "worker", "-Q", "solver", "-n", "solver@test", "-P", "prefork", "-c", "2", *QUIET],
    "beat": [*CELERY, "beat", "-l", "WARNING", "--pidfile="],
    "watcher": [*MANAGE, "watch_clusters"],
    "interruptions": [*MANAGE, "watch_interruptions"],
}


class Processes:
    """Starts them, kills them without warning, starts them again."""

    def __init__(self, aws: AwsEmulator) -> None:
        config = connection.settings_dict
        url = f"postgres://{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT']}/{config['NAME']}"
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "atharva.settings.test",
            "DATABASE_URL": url,
            "REDIS_URL": settings.REDIS_URL,
            "AWS_ENDPOINT_URL": aws.url,
            "SPOT_ADVISOR_URL": f"{aws.url}/spot-advisor-data.json",
        }
        self.running: dict[str, psutil.Popen] = {}
        self.log = Path(tempfile.mkstemp(prefix="processes-", suffix=".log")[1])

    def schedule(self, *, without: tuple[str, ...] = ()) -> None:
        """Have beat run every schedule but those whose name begins as in `without`."""
        call_command("ensure_schedules", stdout=StringIO())
        for prefix in without:
            PeriodicTask.objects.filter(name__startswith=prefix).delete()

    def start(self, *names: str) -> None:
        """Start the named processes."""
        for name in names:
            with self.log.open("ab") as log:
                self.running[name] = psutil.Popen(
                    COMMANDS[name], cwd=ROOT, env=self.env, stdout=log, stderr=log
                )

    def kill(self, name: str) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def restart(self, name: str) -> None:
        self.kill(name)
        self.start(name)

    def cpu_seconds(self, name: str) -> float:
        """User and system time that a process has used so far."""
        times = self.running[name].cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        """End all, quickly; what they wrote to stderr is shown where the test failed."""
        for process in self.running.values():
            process.send_signal(signal.SIGKILL)
        for process in self.running.values():
            process.wait()
        print(self.log.read_text()[-8000:])
        self.log.unlink()


def kill_a_database_backend() -> None:
    """PostgreSQL, one of its processes killed, drops everybody and recovers from its log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' LIMIT 1")
        [pid] = cursor.fetchone()
    connection.close()
    os.kill(pid, signal.SIGKILL)
