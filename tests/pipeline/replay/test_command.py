"""`manage.py replay`: a folder of CSV files in, a report out; bad input named in one sentence."""

import csv
import gzip
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.factories.fleet import (
    OnDemandInstanceFactory,
    OnDemandPoolFactory,
    PolicyFactory,
    PoolFactory,
    PricePointFactory,
)


def write(folder: Path, name: str, *rows: Sequence[str]) -> None:
    with gzip.open(folder / f"{name}.csv.gz", "wt", newline="") as lines:
        csv.writer(lines).writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    types = ("m5.large", "m5.xlarge", "c5.xlarge")
    write(
        tmp_path,
        "spot_price_history_linux",
        ("window", "region", "az", "instance_type", "ts_utc", "price_usd_per_hour"),
        *(("w", "us-east-1", "us-east-1a", name, "2021-02-28T00:00:00Z", "0.04") for name in types),
        ("w", "us-east-1", "us-east-1a", "m5.large", "2021-03-01T10:00:00Z", "0.03"),
    )
    write(
        tmp_path,
        "spot_advisor_snapshots",
        ("snapshot", "region", "os", "instance_type", "bucket", "savings_pct", "vcpu", "ram_gb", "emr"),
        *(("2021-02-10", "us-east-1", "Linux", name, "1", "70", "4", "16", "True") for name in types),
    )
    write(
        tmp_path,
        "instance_specs",
        ("instance_type", "vcpu", "memory_mib", "arch", "bare_metal", "gpu_count"),
        *((name, "4", "16384", "x86_64", "False", "0") for name in types),
    )
    write(
        tmp_path,
        "ondemand_2019-04_all_regions_linux",
        ("region", "instance_type", "ondemand_usd_per_hour"),
        *(("us-east-1", name, "0.192") for name in types),
    )
    return tmp_path


def run(folder: Path, **options: object) -> str:
    output = folder / "report.html"
    given = {"market": folder, "start": "2021-03-01", "days": 1, "nodes": 4, "output": output} | options
    call_command("replay", **given)
    return output.read_text()


def test_a_folder_becomes_a_report(folder: Path) -> None:
    text = run(folder)
    assert "us-east-1, 1 days from 1 March 2021" in text
    assert "4 nodes, 6 pools, 1 price changes" in text


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "instance_specs.csv.gz").unlink()
    with pytest.raises(CommandError, match=r"cannot be replayed: FileNotFoundError.*instance_specs"):
        run(folder)


def test_a_region_without_prices_is_named(folder: Path) -> None:
    with pytest.raises(CommandError, match="it has no prices of eu-west-1 at 2021-03-01"):
        run(folder, region="eu-west-1")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [({"start": "March"}, "--start is March"), ({"days": 0}, "--days is 0"), ({"days": 91}, "--days is 91")],
)
def test_an_option_that_makes_no_sense_is_named(
    folder: Path, option: dict[str, object], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(folder, **option)


@pytest.mark.django_db
def test_a_cluster_without_history_is_named(tmp_path: Path) -> None:
    cluster = PolicyFactory().cluster
    with pytest.raises(CommandError, match="no spot price is recorded since"):
        call_command("replay", cluster=cluster.name, days=1, output=tmp_path / "report.html")


@pytest.mark.django_db
def test_a_cluster_replays_its_own_prices_with_its_own_nodes(tmp_path: Path) -> None:
    cluster, now = PolicyFactory().cluster, timezone.now()
    node = OnDemandInstanceFactory(cluster=cluster, region=cluster.region)
    place = {"region": cluster.region, "zone": node.zone, "instance_type": node.instance_type}
    OnDemandPoolFactory(**place, on_demand_hourly_usd="0.2")
    spot = PoolFactory(**place, on_demand_hourly_usd="0.2")
    for hours, price in ((30, "0.09"), (10, "0.08")):
        PricePointFactory(pool=spot, at=now - timedelta(hours=hours), price_hourly_usd=price)
    call_command("replay", cluster=cluster.name, days=1, output=tmp_path / "report.html")
    assert "1 nodes, 2 pools, 1 price changes" in (tmp_path / "report.html").read_text()
