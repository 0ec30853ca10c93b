from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.fleet.models import Cluster
from apps.pipeline.models import PlacementPlan
from apps.pipeline.placement.dry_run import dry_run
from atharva.api.problems import Problem


class Command(BaseCommand):
    help = "Plan the pods of a cluster that wait for a node, print the plan and buy nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cluster", required=True, help="name or id")
        parser.add_argument(
            "--whole", action="store_true", help="all pods, as if the cluster were bought anew"
        )

    def handle(self, *, cluster: str, whole: bool, **_: Any) -> None:
        try:
            plan = dry_run(self._cluster(cluster), whole=whole)
        except Problem as problem:
            raise CommandError(problem.sentence) from problem
        self._print(plan)

    def _cluster(self, text: str) -> Cluster:
        known = Cluster.objects.in_use().filter(policy__isnull=False)
        found = [one for one in known if text in (one.name, str(one.pk))]
        if len(found) != 1:
            raise CommandError(f"{len(found)} clusters with a policy are called {text}.")
        return found[0]

    def _print(self, plan: PlacementPlan) -> None:
        for name, pods in plan.on_nodes.items():
            self.stdout.write(f"{name} (there already): {', '.join(pods)}")
        for node in plan.new_nodes:
            lifecycle = node["lifecycle"].replace("_", "-")
            where = f"{node['type']} {node['zone']} {lifecycle}"
            self.stdout.write(f"{where} ${node['price']:.4f}/h: {', '.join(node['pods'])}")
        for one in plan.unplaced:
            self.stdout.write(f"{one['pod']} has no place: {one['detail']}")
        for fault in plan.faults:
            self.stdout.write(f"FAULT {fault}")
        self.stdout.write(
            f"{plan.pods} pods, {len(plan.new_nodes)} new nodes, ${plan.price_hourly_usd:.4f}/h, "
            f"proven within {100 * plan.gap:.1f} % of the least possible cost, "
            f"{plan.seconds:.2f} s ({plan.method})"
        )
