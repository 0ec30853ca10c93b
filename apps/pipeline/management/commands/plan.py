"""Places the pods of a file on the node types of the same file, with the solver of production."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.pipeline.optimizer.model import Certificate, Offering, Plan, Problem, Shape
from apps.pipeline.optimizer.solving import solve, warm_up
from apps.pipeline.placement.interchange import read_packing
from apps.pipeline.verification import check_bound, check_plan
from atharva.api import problems

FORM = """
The file is gzipped JSON: {"types": [{name, cpu, mem, pods, arch, off: [{zone, price}]}],
"pods": [{cpu, mem, arch, kind, app}]}; cpu in milli-cores, mem in MiB, price in USD per hour; arch is any,
amd64 or arm64; kind is generic, zspread or hspread (over zones or hosts, by at most one), zaff (one zone for
the app) or hanti (no two of the app on one node).
"""


class Command(BaseCommand):
    help = f"Pack the pods of a file onto nodes, and say how far the cost can be from the least. {FORM}"
    requires_system_checks = ()  # a file is packed without the installation around it

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--input", type=Path, required=True, metavar="FILE.json.gz")
        parser.add_argument("--deadline", type=float, required=True, metavar="SECONDS")
        parser.add_argument("--gap", type=float, default=0.01, help="stop where this much is proven (0.01)")
        parser.add_argument("--json", action="store_const", const=_json, default=_table, dest="form")
        parser.add_argument("--certificate", action="store_true", help="with the proof of the bound, in JSON")

    def handle(self, *, input: Path, deadline: float, gap: float, **options: Any) -> None:
        if not 0 < deadline <= 3600:
            raise CommandError(f"A deadline of {deadline:g} s is not between 0 and 3600.")
        if not 0 <= gap < 1:
            raise CommandError(f"A gap of {gap:g} is not between 0 and 1.")
        try:
            problem = read_packing(input)
        except problems.Problem as error:
            raise CommandError(error.sentence) from error
        warm_up()
        started = perf_counter()
        plan = solve(problem, deadline_seconds=deadline, gap=gap)
        answer = answer_of(problem, plan, seconds=perf_counter() - started)
        if options["certificate"] and plan.certificate is not None:
            answer["certificate"] = _certificate(problem, plan.certificate)
        self.stdout.write(options["form"](answer))
        doubts = [*check_plan(problem, plan), *check_bound(problem, plan)]
        if doubts:
            raise CommandError(f"The plan does not stand the check, {len(doubts)} times: {doubts[0]}")


def answer_of(problem: Problem, plan: Plan, *, seconds: float) -> dict[str, Any]:
    """What the command prints, `seconds` being what the caller saw pass."""
    pools = {offering.key: offering for offering in problem.offerings}
    return {
        "pods": len(problem.pods),
        "cost_hourly_usd": plan.cost,
        "lower_bound_hourly_usd": plan.bound,
        "gap": plan.gap,
        "first_plan_seconds": plan.first.seconds,
        "first_plan_cost_hourly_usd": plan.first.cost,
        "seconds": seconds,
        "method": plan.method,
        "nodes": [_node(pools[node.offering], node.pods) for node in plan.new_nodes],
        "unplaced": [
            {"pod": int(entry.pod), "reason": entry.because, "detail": entry.detail}
            for entry in plan.unplaced
        ],
    }


def _node(pool: Offering, pods: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": pool.instance_type,
        "zone": pool.zone,
        "price": pool.price,
        "pods": [int(pod) for pod in pods],
    }


def _certificate(problem: Problem, proof: Certificate) -> dict[str, Any]:
    """The proof, with lists where JSON has no keys; pools are numbered as the file offers them."""
    numbers: dict[Shape, int] = {}
    return {
        "alpha": proof.alpha,
        "bound": proof.bound,
        "parted": proof.parted,
        "classes": [numbers.setdefault(pod.shape, len(numbers)) for pod in problem.pods],
        "duals": [[number, dual] for number, dual in proof.duals.items()],
        "zone_duals": [[*key, dual] for key, dual in proof.zone_duals.items()],
        "weights": [[key, list(weights)] for key, weights in proof.weights.items()],
        "exact": [[key, list(resources)] for key, resources in proof.exact.items()],
    }


def _json(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer)


def _table(answer: Mapping[str, Any]) -> str:
    return "\n".join(_lines(answer))


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    cost, bound = answer["cost_hourly_usd"], answer["lower_bound_hourly_usd"]
    yield f"{answer['pods']} pods on {len(answer['nodes'])} nodes for {cost:.4f} USD an hour."
    yield f"No plan costs less than {bound:.4f}, a gap of {answer['gap']:.2%}."
    yield (
        f"First plan: {answer['first_plan_cost_hourly_usd']:.4f} after {answer['first_plan_seconds']:.2f} s;"
        f" this one after {answer['seconds']:.2f} s ({answer['method']})."
    )
    bought: Counter[tuple[str, str, float]] = Counter()
    carried: Counter[tuple[str, str, float]] = Counter()
    for node in answer["nodes"]:
        pool = (node["type"], node["zone"], node["price"])
        bought[pool] += 1
        carried[pool] += len(node["pods"])
    if bought:
        yield ""
        yield f"{'nodes':>6}  {'type':<16}  {'zone':<12}  {'USD each':>10}  {'pods':>6}"
    for (kind, zone, price), number in bought.most_common():
        yield f"{number:>6}  {kind:<16}  {zone:<12}  {price:>10.4f}  {carried[kind, zone, price]:>6}"
    if answer["unplaced"]:
        yield ""
    for entry in answer["unplaced"]:
        yield f"Pod {entry['pod']} is not placed ({entry['reason']}): {entry['detail']}"
