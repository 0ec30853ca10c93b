"""A Cost and Usage Report extract becomes ledger entries: whole, once, or not at all."""

import csv
import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.fleet.models import CostEntry
from tests.factories import CloudAccountFactory, ClusterFactory, CostEntryFactory

pytestmark = pytest.mark.django_db
LINE = {
    "lineItem/UsageStartDate": "2026-10-01T00:00:00Z",
    "lineItem/UsageAccountId": "123456789012",
    "lineItem/ResourceId": "i-0a1b2c3d4e5f60718",
    "lineItem/UsageType": "USE1-SpotUsage:m6i.large",
    "product/instanceType": "m6i.large",
    "product/region": "us-east-1",
    "lineItem/AvailabilityZone": "us-east-1a",
    "lineItem/UsageAmount": "24",
    "lineItem/UnblendedCost": "0.7200000000",
    "pricing/publicOnDemandCost": "2.3040000000",
    "pricing/term": "Spot",
    "resourceTags/user:kubernetes.io/cluster": "prod",
}


@pytest.fixture
def cluster():
    return ClusterFactory(name="prod", account=CloudAccountFactory(aws_account_id="123456789012"))


def write(path: Path, *lines: dict[str, str]) -> Path:
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as file:
        writer = csv.DictWriter(file, LINE)
        writer.writeheader()
        writer.writerows({**LINE, **line} for line in lines)
    return path


def run(cluster, path: Path) -> dict[str, int]:
    out = StringIO()
    call_command("import_usage", "--client", cluster.client.name, str(path), stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize("name", ["usage.csv", "usage.csv.gz"])
def test_a_line_becomes_an_entry_of_its_cluster(cluster, tmp_path, name) -> None:
    assert run(cluster, write(tmp_path / name, {})) == {"lines": 1, "entries": 1}
    entry = CostEntry.objects.get()
    assert (entry.cluster, entry.client, entry.source) == (cluster, cluster.client, "imported")
    assert (entry.instance, entry.instance_type, entry.zone) == (
        "i-0a1b2c3d4e5f60718",
        "m6i.large",
        "us-east-1a",
    )
    assert (entry.lifecycle, entry.seconds) == ("spot", 86400)
    assert entry.starts_at == datetime(2026, 10, 1, tzinfo=UTC)
    assert (entry.paid_usd, entry.baseline_usd) == (Decimal("0.72"), Decimal("2.304"))


def test_importing_again_renews_and_adds_nothing(cluster, tmp_path) -> None:
    run(cluster, write(tmp_path / "usage.csv", {}))
    run(cluster, write(tmp_path / "usage.csv", {"lineItem/UnblendedCost": "0.5"}))
    assert CostEntry.objects.get().paid_usd == Decimal("0.5")


def test_lines_of_one_instance_and_time_are_summed(cluster, tmp_path) -> None:
    part = {"lineItem/UsageAmount": "0.5", "lineItem/UnblendedCost": "0.1"}
    assert run(cluster, write(tmp_path / "usage.csv", part, part)) == {"lines": 2, "entries": 1}
    entry = CostEntry.objects.get()
    assert (entry.seconds, entry.paid_usd) == (3600, Decimal("0.2"))


def test_a_line_that_the_ledger_metered_a_part_of_counts_once(cluster, tmp_path) -> None:
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    CostEntryFactory(cluster=cluster, instance=LINE["lineItem/ResourceId"], starts_at=noon, source="metered")
    next_day = {"lineItem/UsageStartDate": "2026-10-02T00:00:00Z"}

    assert run(cluster, write(tmp_path / "usage.csv", {}, next_day)) == {"lines": 2, "entries": 1}

    assert CostEntry.objects.get(source="metered").starts_at == noon
    imported = CostEntry.objects.get(source="imported")
    assert imported.starts_at == datetime(2026, 10, 2, tzinfo=UTC)


def test_other_kinds_of_usage_are_left_out(cluster, tmp_path) -> None:
    disk = {"lineItem/UsageType": "EBS:VolumeUsage.gp3", "lineItem/ResourceId": "vol-1"}
    assert run(cluster, write(tmp_path / "usage.csv", disk)) == {"lines": 0, "entries": 0}


def test_an_on_demand_line_and_an_unknown_cluster(cluster, tmp_path) -> None:
    line = {"pricing/term": "OnDemand", "resourceTags/user:kubernetes.io/cluster": "not-ours"}
    run(cluster, write(tmp_path / "usage.csv", line))
    entry = CostEntry.objects.get()
    assert (entry.lifecycle, entry.cluster) == ("on_demand", None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("lineItem/UsageStartDate", "yesterday"),
        ("lineItem/UsageAccountId", "999999999999"),
        ("lineItem/ResourceId", "vol-1"),
        ("product/instanceType", ""),
        ("lineItem/UsageAmount", "many"),
        ("lineItem/UsageAmount", "10000"),
        ("lineItem/UnblendedCost", "-1"),
        ("lineItem/UnblendedCost", "NaN"),
        ("pricing/publicOnDemandCost", ""),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_nothing_is_stored(cluster, tmp_path, column, value) -> None:
    path = write(tmp_path / "usage.csv", {}, {column: value}, {"lineItem/ResourceId": "i-1"})
    with pytest.raises(CommandError, match="line 3: ") as error:
        run(cluster, path)
    assert "\n" not in str(error.value)
    assert not CostEntry.objects.exists()


def test_a_file_of_bad_lines_names_the_first_few(cluster, tmp_path) -> None:
    path = write(tmp_path / "usage.csv", *[{"lineItem/UsageAmount": "x"}] * 50)
    with pytest.raises(CommandError) as error:
        run(cluster, path)
    assert str(error.value).count("line ") == 5


def missing(folder: Path) -> Path:
    return folder / "none.csv"


def cut(folder: Path) -> Path:
    whole = write(folder / "whole.csv.gz", *[{}] * 50).read_bytes()
    (folder / "cut.csv.gz").write_bytes(whole[:-20])
    return folder / "cut.csv.gz"


def no_gzip(folder: Path) -> Path:
    (folder / "plain.csv.gz").write_text("a,b\n")
    return folder / "plain.csv.gz"


def binary(folder: Path) -> Path:
    (folder / "binary.csv").write_bytes(bytes(range(256)))
    return folder / "binary.csv"


def other_columns(folder: Path) -> Path:
    (folder / "other.csv").write_text("a,b\n1,2\n")
    return folder / "other.csv"


def short_line(folder: Path) -> Path:
    (folder / "short.csv").write_text(",".join(LINE) + "\n2026-10-01T00:00:00Z,123456789012\n")
    return folder / "short.csv"


@pytest.mark.parametrize("make", [missing, cut, no_gzip, binary, other_columns, short_line])
def test_a_file_that_is_no_extract_is_refused_in_one_sentence(cluster, tmp_path, make) -> None:
    path = make(tmp_path)
    with pytest.raises(CommandError) as error:
        run(cluster, path)
    assert path.name in str(error.value)
    assert "\n" not in str(error.value)
    assert not CostEntry.objects.exists()
