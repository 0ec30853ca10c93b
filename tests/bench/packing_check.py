"""Holds what `manage.py plan` printed against the file that it read, as someone else would.

It knows the two formats and nothing of the product: plain JSON in, a list of complaints out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

File = Mapping[str, Any]
Answer = Mapping[str, Any]
CLOSE = 1e-6


def complaints(file: File, answer: Answer) -> list[str]:
    """Every way in which the answer is no packing of the file's pods at the cost that it states."""
    return [*_places(file, answer), *_sizes(file, answer), *_apps(file, answer), *_sums(answer)]


def _types(file: File) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each for each in file["types"]}


def _places(file: File, answer: Answer) -> Iterator[str]:
    seen = Counter(pod for node in answer["nodes"] for pod in node["pods"])
    seen.update(entry["pod"] for entry in answer["unplaced"])
    wanted = Counter(range(len(file["pods"])))
    if seen != wanted:
        yield f"pods missing {list(wanted - seen)[:5]}, too often or unknown {list(seen - wanted)[:5]}"
    if answer["pods"] != len(file["pods"]):
        yield f"{answer['pods']} pods are said, {len(file['pods'])} are in the file"
    if any(not entry["reason"] for entry in answer["unplaced"]):
        yield "a pod is unplaced without a reason"


def _sizes(file: File, answer: Answer) -> Iterator[str]:
    types = _types(file)
    for node in answer["nodes"]:
        if node["type"] not in types:
            yield f"there is no type {node['type']}"
            continue
        kind = types[node["type"]]
        pods = [file["pods"][index] for index in node["pods"]]
        if node["price"] not in [offer["price"] for offer in kind["off"] if offer["zone"] == node["zone"]]:
            yield f"{node['type']} is not offered in {node['zone']} for {node['price']}"
        if sum(pod["cpu"] for pod in pods) > kind["cpu"] or sum(pod["mem"] for pod in pods) > kind["mem"]:
            yield f"a {node['type']} is too small for pods {node['pods'][:5]}..."
        if len(pods) > kind["pods"]:
            yield f"a {node['type']} has {len(pods)} pods of at most {kind['pods']}"
        if any(pod["arch"] not in ("any", kind["arch"]) for pod in pods):
            yield f"a {node['type']} has a pod of another architecture"


def _apps(file: File, answer: Answer) -> Iterator[str]:
    homes = {pod: (n, node["zone"]) for n, node in enumerate(answer["nodes"]) for pod in node["pods"]}
    apps: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, pod in enumerate(file["pods"]):
        apps[pod["kind"], pod["app"]].append(index)
    for (kind, app), pods in apps.items():
        placed = [homes[index] for index in pods if index in homes]
        by_node = Counter(node for node, _ in placed)
        by_zone = Counter(zone for _, zone in placed)
        zones = _zones(file, {file["pods"][index]["arch"] for index in pods})
        if kind == "zspread" and max(by_zone.values()) - min(by_zone[zone] for zone in zones) > 1:
            yield f"{app} is spread unevenly over zones: {dict(by_zone)}"
        if kind == "zaff" and len(by_zone) > 1:
            yield f"{app} is in several zones: {dict(by_zone)}"
        if kind in ("hspread", "hanti") and max(by_node.values(), default=0) > 1:
            yield f"{app} has {max(by_node.values())} pods on one node"


def _zones(file: File, archs: set[str]) -> set[str]:
    """Where some pod with one of these architectures may run."""
    types = [each for each in file["types"] if "any" in archs or each["arch"] in archs]
    return {offer["zone"] for each in types for offer in each["off"]}


def _sums(answer: Answer) -> Iterator[str]:
    cost, bound = answer["cost_hourly_usd"], answer["lower_bound_hourly_usd"]
    spent = sum(node["price"] for node in answer["nodes"])
    if not abs(spent - cost) < CLOSE:
        yield f"the nodes cost {spent}, {cost} is said"
    if not -CLOSE <= bound <= cost + CLOSE:
        yield f"the bound {bound} is above the cost {cost}"
    if cost and not abs((cost - bound) / cost - answer["gap"]) < CLOSE:
        yield f"the gap is {(cost - bound) / cost}, {answer['gap']} is said"


def proven(file: File, answer: Answer) -> float:
    """The bound that the answer's certificate proves, in USD an hour: by weak duality, pod by pod.

    Each pod is worth something in each zone. Scaled by alpha, no node of any type carries pods worth more
    than it costs; so nodes that carry all pods cost no less than what these are worth together.
    """
    proof = answer["certificate"]
    zones = sorted({offer["zone"] for each in file["types"] for offer in each["off"]})
    extra = {(kind, app, zone): dual for kind, app, zone, dual in proof["zone_duals"]}
    names = {"zspread": "spread", "zaff": "together"}
    alike: Counter[tuple[Any, ...]] = Counter()
    left_out = {entry["pod"] for entry in answer["unplaced"]}
    for index, (pod, number) in enumerate(zip(file["pods"], proof["classes"], strict=True)):
        if index not in left_out:
            app = pod["app"] if pod["kind"] != "generic" else ""
            alike[number, pod["cpu"], pod["mem"], pod["arch"], pod["kind"], app] += 1
    rows, numbers = list(alike), np.array(list(alike.values()), float)
    duals = dict(map(tuple, proof["duals"]))
    base = np.array([duals.get(row[0], 0.0) for row in rows])
    more = np.array([[extra.get((names.get(row[4]), row[5], zone), 0.0) for zone in zones] for row in rows])
    _assert_no_node_is_worth_more(file, proof, rows, numbers, base[:, None] + more, zones)
    return proof["alpha"] * (float(base @ numbers) + _least_by_zone(file, rows, numbers, more, zones))


def _assert_no_node_is_worth_more(
    file: File,
    proof: Mapping[str, Any],
    rows: Sequence[tuple[Any, ...]],
    numbers: np.ndarray,
    worth: np.ndarray,
    zones: Sequence[str],
) -> None:
    asks = np.array([(row[1], row[2], 1) for row in rows], float)
    lonely = np.array([row[4] in ("hspread", "hanti") for row in rows])
    apps = np.unique([row[5] for row in rows], return_inverse=True)[1]
    weights, exact = dict(map(tuple, proof["weights"])), dict(map(tuple, proof["exact"]))
    offers = ((each, offer) for each in file["types"] for offer in each["off"])
    for key, (kind, offer) in enumerate(offers):
        u = np.array(weights.get(key, (0.0, 0.0, 0.0)))
        assert (u >= 0).all()
        room = np.array((kind["cpu"], kind["mem"], kind["pods"]), float)
        fits = np.floor(room / np.maximum(asks, 1e-9)).min(axis=1)
        runs = np.array([row[3] in ("any", kind["arch"]) for row in rows])
        most = np.where(runs, np.minimum(fits, numbers), 0.0)
        most[lonely] = np.minimum(most[lonely], 1.0)
        # No sum of whole pods lies between multiples of what divides all their sizes.
        divisor = np.maximum(1, np.gcd.reduce(asks[most > 0].astype(int), axis=0))
        room = room // divisor * divisor
        values = worth[:, zones.index(offer["zone"])]
        total = _by_weights(values, asks, most, room, u, apps, lonely)
        if proof["alpha"] * total > offer["price"] * (1 + CLOSE) and key in exact:
            total = _by_whole_pods(values, asks, most, room, u, np.where(lonely, apps, -1), exact[key])
        assert proof["alpha"] * total <= offer["price"] * (1 + CLOSE), (kind["name"], offer["zone"])


def _by_weights(
    values: np.ndarray,
    asks: np.ndarray,
    most: np.ndarray,
    room: np.ndarray,
    u: np.ndarray,
    apps: np.ndarray,
    lonely: np.ndarray,
) -> float:
    """Room paid for at `u`, and what pods are worth beyond it, the best of each app that shares no node."""
    excess = np.maximum(values - asks @ u, 0.0) * most
    best = np.zeros(apps.max() + 1)
    np.maximum.at(best, apps[lonely], excess[lonely])
    return float(u @ room + excess[~lonely].sum() + best.sum())


def _by_whole_pods(
    values: np.ndarray,
    asks: np.ndarray,
    most: np.ndarray,
    room: np.ndarray,
    u: np.ndarray,
    app: np.ndarray,
    whole: Sequence[int],
) -> float:
    """The knapsack over the resources `whole`, pod by pod: what each amount of room can be worth."""
    u = np.where(np.isin(np.arange(len(u)), whole), 0.0, u)
    gain = values - asks @ u
    some = np.flatnonzero((gain > 0) & (most > 0))
    sizes = asks[np.ix_(some, whole)].astype(int)
    unit = np.maximum(1, np.gcd.reduce(sizes, axis=0))
    worth = np.zeros(tuple((room[whole] // unit).astype(int) + 1))
    steps = sizes // unit

    def better(row: int, start: np.ndarray) -> np.ndarray:
        """`start` with one pod of a row more, where there is room."""
        to = tuple(slice(step, None) for step in steps[row])
        of = tuple(slice(0, max(0, size - step)) for step, size in zip(steps[row], start.shape, strict=True))
        more = np.full_like(start, -np.inf)
        more[to] = start[of] + gain[some[row]]
        return more

    for one in set(app[some]) - {-1}:
        rows = np.flatnonzero(app[some] == one)
        worth = np.maximum.reduce([worth, *(better(row, worth) for row in rows)])
    for row in np.flatnonzero(app[some] == -1):
        for _ in range(int(most[some[row]])):
            grown = np.maximum(worth, better(row, worth))
            if (grown == worth).all():
                break
            worth = grown
    return float(worth.max() + u @ room)


def _least_by_zone(
    file: File, rows: Sequence[tuple[Any, ...]], numbers: np.ndarray, more: np.ndarray, zones: Sequence[str]
) -> float:
    """What the zones add at least, however the apps that are bound to zones are distributed over them."""
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row[4] in ("zspread", "zaff"):
            members[row[4], row[5]].append(place)
    total = 0.0
    for (kind, _), places in members.items():
        duals = more[places[0]]
        assert (more[places] == duals).all(), "pods of one app are worth the same more in one zone"
        number = int(numbers[places].sum())
        if kind == "zaff":
            total += number * duals.min()
            continue
        open_to = _zones(file, {rows[place][3] for place in places})
        cheapest = sorted(dual for zone, dual in zip(zones, duals, strict=True) if zone in open_to)
        total += _spread(cheapest, number)
    return total


def _spread(cheapest_first: Iterable[float], number: int) -> float:
    """Each zone has as many as every other, and the remainder goes to the cheapest."""
    duals = list(cheapest_first)
    each, over = divmod(number, len(duals))
    return each * sum(duals) + sum(duals[:over])
