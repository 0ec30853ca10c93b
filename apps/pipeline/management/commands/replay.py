from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.fleet.models import Cluster
from apps.pipeline.decision.gathering import policy_view
from apps.pipeline.decision.model import PolicyView
from apps.pipeline.replay.fleets import example_fleet
from apps.pipeline.replay.from_cluster import read_cluster
from apps.pipeline.replay.from_folder import read_market
from apps.pipeline.replay.model import Buckets, Market, Seat
from apps.pipeline.replay.report import as_html, rows
from apps.pipeline.replay.running import replay
from apps.pipeline.replay.simulating import Setting
from atharva.api.problems import Problem

MOST_DAYS = 90


class Command(BaseCommand):
    help = (
        "Run recorded history through the engine and through simpler rules, and write a report: --cluster "
        "takes what the platform recorded, --market a folder with spot_price_history_linux.csv.gz, "
        "spot_advisor_snapshots.csv.gz, instance_specs.csv.gz and ondemand_2019-04_all_regions_linux.csv.gz."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--cluster", help="name of a cluster: its region's prices, its nodes and policy")
        source.add_argument("--market", type=Path, help="folder of CSV files")
        parser.add_argument("--region", default="us-east-1", help="with --market")
        parser.add_argument("--start", help="with --market: the first day, YYYY-MM-DD")
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--nodes", type=int, default=40, help="with --market: size of the fleet")
        parser.add_argument("--luck", type=int, default=7, help="what interruptions are drawn with")
        parser.add_argument("--output", type=Path, default=Path("replay.html"))

    def handle(self, *, output: Path, days: int, luck: int, **options: Any) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days is {days}; it must lie between 1 and {MOST_DAYS}.")
        try:
            market, buckets, seats, policy = self._read(days=days, **options)
        except Problem as problem:
            raise CommandError(problem.sentence) from problem
        done = replay(market, buckets, seats, policy, setting=Setting(luck=luck), progress=self._progress)
        try:
            output.write_text(as_html(done))
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
        self.stdout.write("")
        for row in rows(done):
            self.stdout.write(
                f"{row.outcome.title:26} ${row.outcome.cost:10.2f}  {row.cost_pct:5.1f} %  "
                f"{row.outcome.interruptions:4} interruptions  {row.moves_per_node_day:.3f} moves/node/day"
            )
        self.stdout.write(f"Report: {output}")
        if done.faults:
            raise CommandError("\n".join(done.faults[:20]))

    def _read(
        self,
        *,
        days: int,
        cluster: str | None,
        market: Path | None,
        region: str,
        start: str | None,
        nodes: int,
        **_: Any,
    ) -> tuple[Market, Buckets, list[Seat], PolicyView]:
        if market is None:
            found = (
                Cluster.objects.in_use().select_related("policy").filter(name=cluster, policy__isnull=False)
            )
            if len(found) != 1:
                raise CommandError(f"{len(found)} clusters with a policy are called {cluster}.")
            read, buckets, seats = read_cluster(found[0], days=days, now=timezone.now())
            return read, buckets, seats, policy_view(found[0].policy)
        read, buckets = read_market(market, region=region, start=self._day(start), days=days)
        return read, buckets, example_fleet(read, nodes), PolicyView(mode="active")

    def _day(self, text: str | None) -> datetime:
        try:
            return datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as error:
            raise CommandError(f"--start is {text}; with --market it must be a day, YYYY-MM-DD.") from error

    def _progress(self, title: str, share: float) -> None:
        self.stderr.write(f"\r{title:26} {share:4.0%}", ending="" if share < 1 else "\n")
