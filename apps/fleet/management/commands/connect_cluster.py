from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.accounts.selectors.tenants import client_named
from apps.fleet.services.connecting import ClusterDetails, account_named, connect_cluster, store_cluster
from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Connect a cluster of a client's account; it begins in `observe`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", required=True, metavar="NAME")
        parser.add_argument("--account", required=True, metavar="NAME")
        parser.add_argument("--name", required=True, help="of the cluster")
        parser.add_argument("--region", required=True)
        parser.add_argument("--kubeconfig", required=True, type=Path, metavar="FILE")
        parser.add_argument("--skip-check", action="store_true", help="store it even if its API is silent")

    def answer(self, **options: Any) -> dict[str, object]:
        account = account_named(client_named(options["client"]), options["account"])
        details = ClusterDetails(options["name"], options["region"], _text_of(options["kubeconfig"]))
        connect = store_cluster if options["skip_check"] else connect_cluster
        return {"cluster_id": connect(account, details, by=None).id}


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise CommandError(f"The kubeconfig {path} cannot be read: {why}.") from error
