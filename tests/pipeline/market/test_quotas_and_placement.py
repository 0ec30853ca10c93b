"""Quotas of the accounts that run clusters, and placement scores of what is in use, from the emulated AWS."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster, Pool, Quota
from apps.pipeline.market import scrape_in_full, scrape_region
from apps.pipeline.market.placement import families_in_use
from apps.pipeline.models import Scrape, Source
from tests.factories import (
    CloudAccountFactory,
    ClusterFactory,
    InstanceTypeFactory,
    PoolFactory,
    SpotInstanceFactory,
    SwitchFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cloud_settings")]

REGION = "us-west-2"


@pytest.fixture
def cluster():
    return ClusterFactory(account=CloudAccountFactory(regions=[REGION]), region=REGION)


def scrape_of(source):
    return Scrape.objects.get(source=source, region=REGION)


def node_in(cluster, name="m6i.large"):
    described = InstanceTypeFactory(name=name)
    return SpotInstanceFactory(cluster=cluster, instance_type=described, region=REGION, zone=f"{REGION}a")


def test_the_quotas_of_an_account_with_a_cluster_are_read(cluster, aws_emulator):
    number = cluster.account.aws_account_id
    aws_emulator.order("quota", account_id=number, region=REGION, lifecycle="spot", vcpus=64)
    scrape_region(cluster.account, REGION)
    spot = Quota.objects.get(code="L-34B43A08")
    assert (spot.account, spot.region, spot.lifecycle, spot.vcpus) == (cluster.account, REGION, "spot", 64)
    assert {"m", "c", "r"} <= set(spot.families)
    assert scrape_of(Source.QUOTAS).rows == Quota.objects.count() > 1


def test_a_cluster_that_is_connected_later_has_them_read_at_once(cluster):
    scrape_region(cluster.account, REGION)
    newcomer = ClusterFactory(account=CloudAccountFactory(regions=[REGION]), region=REGION)
    scrape_region(cluster.account, REGION)
    assert Quota.objects.filter(account=newcomer.account).exists()


def test_an_account_that_keeps_its_quotas_to_itself_stops_nobody_else(cluster, aws_emulator):
    other = ClusterFactory(account=CloudAccountFactory(regions=[REGION]), region=REGION)
    scrape_region(cluster.account, REGION)
    aws_emulator.order(
        "iam", account_id=cluster.account.aws_account_id, deny=["servicequotas:ListServiceQuotas"]
    )
    try:
        scrape_in_full(cluster.account, REGION)
    finally:
        aws_emulator.order("iam", account_id=cluster.account.aws_account_id, deny=[])
    assert not Quota.objects.filter(account=cluster.account).exists()
    assert Quota.objects.filter(account=other.account).exists()
    refused = scrape_of(Source.QUOTAS)
    assert refused.problem_code == "cloud_access_denied"
    assert "does not allow" in refused.problem
    hour_ago = refused.started_at - timedelta(hours=1)
    Cluster.objects.update(created_at=hour_ago - timedelta(hours=1))
    Scrape.objects.filter(pk=refused.pk).update(started_at=hour_ago)
    scrape_region(cluster.account, REGION)
    assert scrape_of(Source.QUOTAS).started_at == hour_ago  # it is not asked again every few minutes


def test_the_pools_of_a_family_in_use_are_scored_by_zone(cluster):
    node_in(cluster)
    scrape_region(cluster.account, REGION)
    scored = Pool.objects.filter(placement_score__isnull=False)
    assert {pool.instance_type.family for pool in scored} == {"m6i"}
    assert {pool.lifecycle for pool in scored} == {"spot"}
    assert all(pool.placement_score_at for pool in scored)
    assert scored.filter(risk_source__contains="score ").count() == scored.count()
    assert scrape_of(Source.PLACEMENT_SCORES).rows == len({pool.zone for pool in scored})


def test_they_are_asked_for_once_a_day(cluster, aws_emulator):
    node_in(cluster)
    scrape_region(cluster.account, REGION)
    asked = aws_emulator.ask("calls")["ec2:GetSpotPlacementScores"]
    scrape_in_full(cluster.account, REGION)
    assert aws_emulator.ask("calls")["ec2:GetSpotPlacementScores"] == asked


def test_an_account_that_does_not_let_us_ask_is_scraped_all_the_same(cluster, aws_emulator):
    node_in(cluster)
    number = cluster.account.aws_account_id
    aws_emulator.order("iam", account_id=number, deny=["ec2:GetSpotPlacementScores"])
    try:
        scrape_region(cluster.account, REGION)
    finally:
        aws_emulator.order("iam", account_id=number, deny=[])
    assert scrape_of(Source.PLACEMENT_SCORES).problem_code == "cloud_access_denied"
    assert scrape_of(Source.SPOT_PRICES).problem == ""
    assert not Pool.objects.filter(placement_score__isnull=False).exists()


def test_a_score_that_nobody_renews_is_forgotten(cluster):
    node_in(cluster)
    old = PoolFactory(
        region=REGION,
        instance_type=InstanceTypeFactory(name="c5.large"),
        placement_score=9,
        placement_score_at=timezone.now() - timedelta(days=3),
    )
    scrape_region(cluster.account, REGION)
    old.refresh_from_db()
    assert (old.placement_score, old.placement_score_at) == (None, None)


def test_families_in_use_come_before_candidates_and_no_more_than_the_questions(cluster):
    for family in ("m6i", "c6i", "r6i"):
        for size in ("large", "xlarge", "2xlarge"):
            described = InstanceTypeFactory(name=f"{family}.{size}")
            pool = PoolFactory(region=REGION, instance_type=described)
    PoolFactory(region=REGION, instance_type=InstanceTypeFactory(name="m5.large"))
    for name in ("c6i.large", "m6i.large", "m6i.xlarge", "m5.large"):
        node_in(cluster, name)
    SwitchFactory(cluster=cluster, candidates=[pool.pk])
    now = timezone.now()
    assert list(families_in_use(REGION, most=10, now=now)) == ["m6i", "c6i", "r6i"]
    assert list(families_in_use(REGION, most=1, now=now)) == ["m6i"]
    assert families_in_use(REGION, most=1, now=now)["m6i"] == ["m6i.2xlarge", "m6i.large", "m6i.xlarge"]
