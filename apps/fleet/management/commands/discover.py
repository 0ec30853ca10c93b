from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.fleet.models import CloudAccount
from apps.fleet.services import discovery
from apps.fleet.statuses import InstanceState


class Command(BaseCommand):
    help = "Read groups, instances and node templates of the connected accounts now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", metavar="NAME", help="only the accounts of this name")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = CloudAccount.objects.in_use()
        if options["account"]:
            accounts = accounts.filter(name=options["account"])
            if not accounts:
                raise CommandError(f"There is no account {options['account']}.")
        problems = [problem for account in accounts if (problem := self._discover(account))]
        if problems:
            raise CommandError("\n".join(problems))

    def _discover(self, account: CloudAccount) -> str:
        problem = discovery.discover_account(account.pk)
        living = account.instances.exclude(state=InstanceState.TERMINATED)
        found, nodes, groups = living.count(), living.exclude(cluster=None).count(), account.groups.count()
        self.stdout.write(f"{account.name}: {found} instances, {nodes} in clusters, {groups} groups")
        return problem
