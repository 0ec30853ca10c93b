from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.fleet.models import Cluster
from apps.pipeline.consolidation.service import consolidate
from apps.pipeline.models import Consolidation
from atharva.api.problems import Problem


class Command(BaseCommand):
    help = "Look now for the fewest and cheapest nodes of a cluster; begin the first wave where it may."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cluster", required=True, help="name or id")

    def handle(self, *, cluster: str, **_: Any) -> None:
        known = Cluster.objects.in_use().filter(policy__isnull=False)
        found = [one for one in known if cluster in (one.name, str(one.pk))]
        if len(found) != 1:
            raise CommandError(f"{len(found)} clusters with a policy are called {cluster}.")
        try:
            self._print(consolidate(found[0].pk))
        except Problem as problem:
            raise CommandError(problem.sentence) from problem

    def _print(self, row: Consolidation) -> None:
        for number, wave in enumerate(row.waves, 1):
            bought = f", buys {', '.join(wave['buy'])}" if wave["buy"] else ""
            self.stdout.write(f"Wave {number} removes {', '.join(wave['remove'])}{bought}")
        for stay in row.stays:
            self.stdout.write(f"{stay['node']} stays: {stay['sentence']}")
        for sentence in row.held_by:
            self.stdout.write(f"Not begun: {sentence}")
        self.stdout.write(
            f"{row.nodes_before} nodes, then {row.nodes_after}; ${row.before_hourly_usd:.4f}/h, then "
            f"${row.after_hourly_usd:.4f}/h (no state costs less than ${row.bound_hourly_usd:.4f}/h); "
            f"{row.evictions} evictions, {row.seconds:.1f} s"
        )
