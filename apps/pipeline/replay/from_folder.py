"""A market read from a folder of CSV files: a public price history, for replays without a fleet.

Columns: `spot_price_history_linux.csv.gz` (window, region, az, instance_type, ts_utc, price_usd_per_hour),
`spot_advisor_snapshots.csv.gz` (snapshot, region, os, instance_type, bucket, …), `instance_specs.csv.gz`
(instance_type, vcpu, memory_mib, arch, …, gpu_count) and, for what on-demand cost,
`ondemand_2019-04_all_regions_linux.csv.gz` (region, instance_type, ondemand_usd_per_hour).
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from apps.fleet.services.discovery.types import family_of, generation_of

from ..decision.capacity import allocatable
from ..decision.model import ON_DEMAND, SPOT, PoolView, Room
from ..errors import HistoryUnreadable
from .engine import prior_of
from .model import Buckets, Change, Market

PRICES = "spot_price_history_linux.csv.gz"
ADVICE = "spot_advisor_snapshots.csv.gz"
SHAPES = "instance_specs.csv.gz"
ON_DEMAND_PRICES = "ondemand_2019-04_all_regions_linux.csv.gz"
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
MAX_PODS = 110


def read_market(folder: Path, *, region: str, start: datetime, days: int) -> tuple[Market, Buckets]:
    """The market of `region` for `days` from `start`, and each pool's Spot Advisor range.

    Pools whose price is unknown at `start`, or whose type no list knows, are left out. Raises
    HistoryUnreadable where a file is absent or is not what it should be.
    """
    end = start + timedelta(days=days)
    try:
        rooms = _rooms(folder)
        on_demand = _on_demand(folder, region)
        advice = _advice(folder, region, start)
        before, changes = _prices(folder, region, start, end)
    except (OSError, KeyError, ValueError, InvalidOperation) as error:
        raise HistoryUnreadable(source=str(folder), why=f"{type(error).__name__}: {error}") from error
    pools: dict[int, PoolView] = {}
    buckets: dict[int, int | None] = {}
    ids: dict[tuple[str, str], int] = {}
    for (zone, name), price in sorted(before.items()):
        if name not in rooms or name not in on_demand:
            continue
        room, architecture = rooms[name]
        spot = PoolView(
            id=len(pools),
            instance_type=name,
            family=family_of(name),
            generation=generation_of(family_of(name)),
            architecture=architecture,
            zone=zone,
            lifecycle=SPOT,
            room=room,
            price=price,
            on_demand=on_demand[name],
            risk_upper=prior_of(advice.get(name), start)[0],
        )
        ids[zone, name] = spot.id
        pools[spot.id], buckets[spot.id] = spot, advice.get(name)
        way_out = replace(spot, id=spot.id + 1, lifecycle=ON_DEMAND, price=on_demand[name], risk_upper=0.0)
        pools[way_out.id] = way_out
    if not pools:
        raise HistoryUnreadable(source=str(folder), why=f"it has no prices of {region} at {start:%Y-%m-%d}")
    market = Market(
        region=region,
        start=start,
        end=end,
        pools=pools,
        hazards={pool: prior_of(bucket, start)[1] for pool, bucket in buckets.items()},
        changes=[Change(at, ids[key], price) for at, key, price in changes if key in ids],
    )
    return market, buckets


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as lines:
        yield from csv.DictReader(lines)


def _rooms(folder: Path) -> dict[str, tuple[Room, str]]:
    return {
        row["instance_type"]: (
            allocatable(
                int(row["vcpu"]) * 1000, int(row["memory_mib"]), MAX_PODS, int(row["gpu_count"] or 0)
            ),
            ARCHITECTURES[row["arch"]],
        )
        for row in _rows(folder / SHAPES)
        if row["arch"] in ARCHITECTURES and row["bare_metal"] != "True"
    }


def _on_demand(folder: Path, region: str) -> dict[str, Decimal]:
    return {
        row["instance_type"]: Decimal(row["ondemand_usd_per_hour"])
        for row in _rows(folder / ON_DEMAND_PRICES)
        if row["region"] == region
    }


def _advice(folder: Path, region: str, at: datetime) -> dict[str, int]:
    """Range by type, of the snapshot nearest to that time."""
    by_snapshot: dict[str, dict[str, int]] = {}
    for row in _rows(folder / ADVICE):
        if row["region"] == region and row["os"] == "Linux":
            by_snapshot.setdefault(row["snapshot"], {})[row["instance_type"]] = int(row["bucket"])
    if not by_snapshot:
        return {}
    nearest = min(by_snapshot, key=lambda day: abs(datetime.fromisoformat(f"{day}T00:00:00+00:00") - at))
    return by_snapshot[nearest]


PriceKey = tuple[str, str]  # zone, type


def _prices(
    folder: Path, region: str, start: datetime, end: datetime
) -> tuple[dict[PriceKey, Decimal], list[tuple[datetime, PriceKey, Decimal]]]:
    """Prices in force at `start`, and every change until `end` in order of time."""
    first, last = f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}"
    rows = [
        (row["ts_utc"], (row["az"], row["instance_type"]), Decimal(row["price_usd_per_hour"]))
        for row in _rows(folder / PRICES)
        if row["region"] == region and row["ts_utc"] <= last
    ]
    rows.sort(key=lambda row: row[0])
    before = {key: price for at, key, price in rows if at <= first}
    changes = [
        (datetime.fromisoformat(at.replace("Z", "+00:00")), key, price)
        for at, key, price in rows
        if at > first
    ]
    return before, changes
