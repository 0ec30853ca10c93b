"""`manage.py plan`: a file in, a plan out that anyone can hold against another solver's."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

FIELDS = {
    "pods",
    "cost_hourly_usd",
    "lower_bound_hourly_usd",
    "gap",
    "first_plan_seconds",
    "first_plan_cost_hourly_usd",
    "seconds",
    "nodes",
    "unplaced",
}
Entry = dict[str, Any]
Packed = Callable[..., Entry]


def node_type(name: str = "m5.large", arch: str = "amd64", price: float = 1.0, **changed: Any) -> Entry:
    offers = [{"zone": zone, "price": price} for zone in "abc"]
    return {"name": name, "cpu": 2000, "mem": 8192, "pods": 29, "arch": arch, "off": offers} | changed


def pod(kind: str = "generic", app: str = "web", arch: str = "any", **changed: Any) -> Entry:
    return {"cpu": 500, "mem": 512, "arch": arch, "kind": kind, "app": app} | changed


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(pods: list[Entry], types: list[Entry] | None = None) -> Path:
        path = tmp_path / "packing.json.gz"
        path.write_bytes(gzip.compress(json.dumps({"types": types or [node_type()], "pods": pods}).encode()))
        return path

    return written


@pytest.fixture
def packed(write: Callable[..., Path]) -> Packed:
    """The command's answer on a small packing."""

    def run(pods: list[Entry], types: list[Entry] | None = None, *more: str) -> Entry:
        return json.loads(said("--input", str(write(pods, types)), "--deadline", "2", "--json", *more))

    return run


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("plan", *arguments, stdout=out)
    return out.getvalue()


def homes(answer: Entry) -> dict[int, tuple[int, str]]:
    """Where each pod stands: the node's number and its zone."""
    return {
        index: (number, node["zone"]) for number, node in enumerate(answer["nodes"]) for index in node["pods"]
    }


def test_pods_are_named_by_their_index_and_each_has_one_place(packed):
    answer = packed([pod() for _ in range(8)])
    assert answer.keys() >= FIELDS
    assert sorted(homes(answer)) == list(range(8))
    assert answer["pods"] == 8
    assert len(answer["nodes"]) == 2
    assert answer["cost_hourly_usd"] == sum(node["price"] for node in answer["nodes"]) == 2.0
    assert answer["unplaced"] == []


def test_the_bound_and_the_gap_belong_together(packed):
    answer = packed([pod() for _ in range(8)])
    assert 0 < answer["lower_bound_hourly_usd"] <= answer["cost_hourly_usd"]
    assert answer["gap"] == pytest.approx(1 - answer["lower_bound_hourly_usd"] / answer["cost_hourly_usd"])
    assert 0 <= answer["first_plan_seconds"] <= answer["seconds"]
    assert answer["first_plan_cost_hourly_usd"] >= answer["cost_hourly_usd"]


def test_a_spread_over_zones_differs_by_one_at_most(packed):
    answer = packed([pod("zspread") for _ in range(7)])
    zones = Counter(zone for _, zone in homes(answer).values())
    assert sorted(zones.values()) == [2, 2, 3]


def test_a_spread_over_hosts_puts_one_on_each(packed):
    answer = packed([pod("hspread") for _ in range(4)])
    assert len({number for number, _ in homes(answer).values()}) == 4


def test_an_app_that_stands_together_has_one_zone(packed):
    answer = packed([pod("zaff", app=app) for app in ("x", "y") for _ in range(6)])
    for app in (range(6), range(6, 12)):
        assert len({homes(answer)[index][1] for index in app}) == 1


def test_two_of_an_app_that_stand_apart_never_share_a_node_but_two_apps_may(packed):
    answer = packed([pod("hanti", app=app) for app in ("x", "y") for _ in range(3)])
    for app in (range(3), range(3, 6)):
        assert len({homes(answer)[index][0] for index in app}) == 3
    assert len(answer["nodes"]) == 3


def test_a_pod_runs_on_its_own_architecture(packed):
    types = [node_type(), node_type("m6g.large", "arm64", price=0.1)]
    answer = packed([pod(arch="amd64"), pod(arch="arm64"), pod()], types)
    kinds = {index: node["type"] for node in answer["nodes"] for index in node["pods"]}
    assert (kinds[0], kinds[1]) == ("m5.large", "m6g.large")


def test_a_pod_that_fits_nowhere_says_why(packed):
    answer = packed([pod(cpu=9000), pod()])
    assert [(entry["pod"], entry["reason"]) for entry in answer["unplaced"]] == [(0, "too_large")]
    assert sorted(homes(answer)) == [1]


def test_nothing_to_place_costs_nothing(packed):
    answer = packed([])
    assert (answer["pods"], answer["nodes"], answer["cost_hourly_usd"], answer["gap"]) == (0, [], 0.0, 0.0)


def test_the_proof_of_the_bound_is_given_on_request(packed):
    answer = packed([pod(cpu=100 + 10 * number) for number in range(20)], None, "--certificate")
    assert answer["certificate"]["bound"] >= answer["lower_bound_hourly_usd"] - 1e-9
    assert answer["certificate"]["duals"]


def test_few_pods_are_proven_by_trying_everything(packed):
    answer = packed([pod() for _ in range(8)], None, "--certificate")
    assert answer["gap"] < 1e-6
    assert answer["certificate"]["parted"]
    assert answer["certificate"]["bound"] >= answer["lower_bound_hourly_usd"] - 1e-9


def test_without_json_it_is_a_table_to_read(write):
    path = write([pod() for _ in range(8)] + [pod(cpu=9000)])
    text = said("--input", str(path), "--deadline", "2")
    assert "9 pods on 2 nodes for 2.0000 USD an hour" in text
    assert "m5.large" in text
    assert "Pod 8 is not placed (too_large): " in text


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"gone\.json\.gz cannot be read: No such file"):
        said("--input", str(tmp_path / "gone.json.gz"), "--deadline", "1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"plain", "Not a gzipped file"),
        (gzip.compress(b"{}" * 500, mtime=0)[:-9], "no complete gzip file"),
        (gzip.compress(b"{", mtime=0), "truncated"),
        (gzip.compress(b"\xff{}", mtime=0), "malformed"),
        (gzip.compress(b'{"types": []}', mtime=0), "missing required field `pods`"),
    ],
    ids=["plain", "cut off", "truncated", "malformed", "incomplete"],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, content, words):
    path = tmp_path / "broken.json.gz"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        said("--input", str(path), "--deadline", "1")


@pytest.mark.parametrize(
    ("pods", "types", "words"),
    [
        ([pod(), pod(cpu=-1)], None, r">= 0 - at `\$\.pods\[1\]\.cpu`"),
        ([pod(mem="1Gi")], None, r"`int`, got `str` - at `\$\.pods\[0\]\.mem`"),
        ([pod(kind="sticky")], None, r"'sticky' - at `\$\.pods\[0\]\.kind`"),
        ([pod(arch="sparc")], None, r"'sparc' - at `\$\.pods\[0\]\.arch`"),
        (
            [{"cpu": 1, "arch": "any", "kind": "generic", "app": ""}],
            None,
            r"field `mem` - at `\$\.pods\[0\]`",
        ),
        ([], [node_type(pods=-1)], r">= 0 - at `\$\.types\[0\]\.pods`"),
        ([], [node_type(price=0)], r"> 0.* - at `\$\.types\[0\]\.off\[0\]\.price`"),
        ([], [node_type(price=-1)], r"> 0.* - at `\$\.types\[0\]\.off\[0\]\.price`"),
    ],
)
def test_an_entry_that_is_wrong_is_named(write, pods, types, words):
    with pytest.raises(CommandError, match=words):
        said("--input", str(write(pods, types)), "--deadline", "1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--deadline", "0"], "A deadline of 0 s"),
        (["--deadline", "-1"], "A deadline of -1 s"),
        (["--deadline", "nan"], "A deadline of nan s"),
        (["--deadline", "1", "--gap", "-0.1"], "A gap of -0.1"),
        (["--deadline", "1", "--gap", "1"], "A gap of 1"),
    ],
)
def test_figures_that_mean_nothing_are_refused(write, arguments, words):
    with pytest.raises(CommandError, match=words):
        said("--input", str(write([pod()])), *arguments)
