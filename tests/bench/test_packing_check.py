"""The stranger's check of a packing finds what is wrong with one."""

from typing import Any

import pytest

from tests.bench.packing_check import complaints, proven

SMALL = {
    "types": [
        {"name": name, "cpu": 2000, "mem": 4096, "pods": 3, "arch": arch, "off": [
            {"zone": zone, "price": 1.0} for zone in "ab"
        ]} for name, arch in (("m5.large", "amd64"), ("m6g.large", "arm64"))
    ],
    "pods": [
        {"cpu": 500, "mem": 512, "arch": arch, "kind": kind, "app": kind}
        for kind, arch in (
            *(("zspread", "any"),) * 2,
            *(("zaff", "any"),) * 2,
            *(("hanti", "any"),) * 2,
            ("generic", "amd64"),
        )
    ],
}  # fmt: skip
# zspread 0 1, zaff 2 3, hanti 4 5, generic 6
RIGHT = (("m5.large", "a", [0, 2, 3]), ("m5.large", "b", [1, 4, 6]), ("m6g.large", "b", [5]))


def answered(*nodes: tuple[str, str, list[int]], **said: Any) -> dict[str, Any]:
    bought = [{"type": kind, "zone": zone, "price": 1.0, "pods": pods} for kind, zone, pods in nodes]
    cost = float(len(nodes))
    figures = {"cost_hourly_usd": cost, "lower_bound_hourly_usd": cost / 2, "gap": 0.5}
    return {"pods": 7, "nodes": bought, "unplaced": []} | figures | said


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answered(*RIGHT[:2]), "missing [5]"),
        (answered(*RIGHT, ("m5.large", "a", [0])), "unknown [0]"),
        (answered(*RIGHT[:2], ("m7.large", "b", [5])), "no type m7.large"),
        (answered(*RIGHT[:2], ("m6g.large", "c", [5])), "not offered in c"),
        (answered(("m5.large", "a", [0, 2, 3, 4]), ("m5.large", "b", [1, 5, 6])), "has 4 pods of at most 3"),
        (answered(*RIGHT[:1], ("m5.large", "b", [1, 4]), ("m6g.large", "b", [5, 6])), "another architecture"),
        (answered(("m5.large", "a", [0, 1, 2]), ("m5.large", "a", [3, 4, 6]), RIGHT[2]), "spread unevenly"),
        (answered(("m5.large", "a", [0, 2, 4]), ("m5.large", "b", [1, 3, 6]), RIGHT[2]), "in several zones"),
        (answered(RIGHT[0], ("m5.large", "b", [1, 4, 5]), ("m5.large", "b", [6])), "2 pods on one node"),
        (answered(*RIGHT, cost_hourly_usd=2.0), "2.0 is said"),
        (answered(*RIGHT, lower_bound_hourly_usd=4.0), "above the cost"),
        (answered(*RIGHT, gap=0.1), "0.1 is said"),
    ],
)
def test_the_stranger_finds_what_is_wrong(answer: dict[str, Any], words: str) -> None:
    assert complaints(SMALL, answered(*RIGHT)) == []
    assert words in " ".join(complaints(SMALL, answer))


def test_the_stranger_proves_what_the_duals_prove() -> None:
    core = {
        "alpha": 1.0,
        "bound": 1.0,
        "classes": [0] * 7,
        "duals": [[0, 0.25]],
        "zone_duals": [],
        "exact": [],
    }
    proof = core | {"weights": [[key, [0.0005, 0.0, 0.0]] for key in range(4)]}
    assert proven(SMALL, answered(*RIGHT, certificate=proof)) == pytest.approx(7 * 0.25)
    with pytest.raises(AssertionError):
        proven(SMALL, answered(*RIGHT, certificate=proof | {"duals": [[0, 0.5]]}))


def test_the_stranger_counts_whole_pods_where_the_proof_does() -> None:
    """Two pods of 900 or 1,000 fit into 2,000, though 2.2 would by their share of it."""
    sizes = [900] * 6 + [1000]
    pods = [{"cpu": cpu, "mem": 1, "arch": "any", "kind": "generic", "app": ""} for cpu in sizes]
    answer = answered(*(("m5.large", "a", pair) for pair in ([0, 1], [2, 3], [4, 5], [6])))
    duals = {"alpha": 1.0, "bound": 3.5, "classes": [0] * 6 + [1], "duals": [[0, 0.5], [1, 0.5]]}
    weights = {"zone_duals": [], "weights": [[key, [1 / 1800, 0.0, 0.0]] for key in range(4)], "exact": []}
    shared = answer | {"certificate": duals | weights}
    with pytest.raises(AssertionError):
        proven(SMALL | {"pods": pods}, shared)
    whole = duals | weights | {"exact": [[key, [0, 1]] for key in range(4)]}
    assert proven(SMALL | {"pods": pods}, answer | {"certificate": whole}) == pytest.approx(3.5)
