from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.fleet.models import Cluster
from apps.pipeline.decision.alternatives import weigh
from apps.pipeline.decision.recording import entry
from apps.pipeline.decision.service import consider, decide
from atharva.api.problems import Problem


class Command(BaseCommand):
    help = "Decide a cluster now and print what becomes of each node, with its reasons."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cluster", help="name or id")
        parser.add_argument("--dry-run", action="store_true", help="begin and store nothing")

    def handle(self, *, cluster: str, dry_run: bool, **_: Any) -> None:
        found = self._cluster(cluster)
        try:
            if dry_run:
                considered = consider(found, now=timezone.now())
                weighed = weigh(considered.verdicts, considered.funnel, timezone.now())
                said = [entry(*each) for each in zip(considered.verdicts, weighed, strict=True)]
                sentences = [why.sentence for why in considered.holds]
            else:
                run = decide(found.pk)
                said, sentences = run.decisions, run.held_by
        except Problem as problem:
            raise CommandError(problem.sentence) from problem
        for node in said:
            where = f" to {node['candidates'][0]}" if node["verdict"] == "move" else ""
            self.stdout.write(f"{node['instance']} {node['verdict']}{where}: {' '.join(node['sentences'])}")
        for sentence in sentences:
            self.stdout.write(f"Not begun: {sentence}")

    def _cluster(self, text: str) -> Cluster:
        by_name = list(Cluster.objects.filter(name=text, policy__isnull=False))
        by_id = [c for c in Cluster.objects.filter(policy__isnull=False) if str(c.pk) == text]
        if len(by_name + by_id) != 1:
            raise CommandError(f"{len(by_name + by_id)} clusters with a policy are called {text}.")
        return (by_name + by_id)[0]
