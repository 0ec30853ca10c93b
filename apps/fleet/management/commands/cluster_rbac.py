from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.fleet.kube.rbac import EKS_GROUP, SERVICE_ACCOUNT, manifest
from apps.fleet.statuses import Mode


class Command(BaseCommand):
    help = "Print the RBAC manifest that gives the platform its rights in a cluster."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--read-only",
            dest="mode",
            action="store_const",
            const=Mode.OBSERVE,
            default=Mode.ACTIVE,
            help="only what watching and estimating need",
        )
        parser.add_argument(
            "--eks",
            dest="subject",
            action="store_const",
            const=EKS_GROUP,
            default=SERVICE_ACCOUNT,
            help="for the group of an EKS access entry, not for a service account",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(manifest(options["subject"], options["mode"]))
