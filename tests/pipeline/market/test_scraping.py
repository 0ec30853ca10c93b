"""A region's market, scraped from the emulated AWS over HTTP."""

from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from apps.fleet.models import InstanceType, Pool, PricePoint
from apps.fleet.statuses import Lifecycle
from apps.pipeline.errors import AlreadyRunning
from apps.pipeline.locks import only_one
from apps.pipeline.market import regions_in_use, regions_to_scrape, scrape_in_full, scrape_region
from apps.pipeline.models import Scrape, Source
from tests.factories import ClientFactory, CloudAccountFactory, ClusterFactory, LooseInstanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cloud_settings")]

REGION = "us-west-2"


@pytest.fixture
def account():
    return CloudAccountFactory(regions=[REGION])


def scrape_of(source):
    return Scrape.objects.get(source=source, region=REGION)


def test_first_scrape_brings_types_pools_prices_and_risks(account):
    scrapes = scrape_region(account, REGION)
    # Nothing runs there yet: nobody's quotas matter, and no pool is worth one of the few questions.
    asked = set(Source.values) - {Source.QUOTAS, Source.PLACEMENT_SCORES}
    assert {scrape.source for scrape in scrapes} == asked
    assert [scrape.problem for scrape in scrapes] == [""] * 4
    m6i = InstanceType.objects.get(name="m6i.large")
    assert (m6i.family, m6i.generation, m6i.architecture, m6i.cpu_milli) == ("m6i", 6, "amd64", 2000)
    assert InstanceType.objects.get(name="m6g.large").architecture == "arm64"
    spot = Pool.objects.filter(region=REGION, lifecycle=Lifecycle.SPOT, advisor_bucket__isnull=False)
    assert spot.count() > 100
    assert not spot.filter(price_hourly_usd=None).exists()
    assert not spot.filter(risk_upper=None).exists()
    for pool in spot[:20]:
        assert 0 < pool.price_hourly_usd < pool.on_demand_hourly_usd
        assert 0 < pool.interruption_probability <= pool.risk_upper


def test_on_demand_pools_cost_their_list_price_and_carry_no_risk(account):
    scrape_region(account, REGION)
    for pool in Pool.objects.filter(instance_type="m6i.large", lifecycle=Lifecycle.ON_DEMAND):
        assert pool.price_hourly_usd == pool.on_demand_hourly_usd > 0
        assert pool.risk_upper == 0


def test_the_quote_is_the_newest_point_of_the_history(account):
    scrape_region(account, REGION)
    pool = Pool.objects.filter(instance_type="m6i.large", lifecycle=Lifecycle.SPOT).first()
    newest = PricePoint.objects.filter(pool=pool).latest("at")
    assert (pool.price_hourly_usd, pool.priced_at) == (newest.price_hourly_usd, newest.at)


def test_the_second_scrape_asks_for_news_only(account, aws_emulator):
    scrape_region(account, REGION)
    before = PricePoint.objects.count()
    aws_emulator.order("price", instance_type="m5.large", zone=f"{REGION}a", usd=0.0111)
    scrape_region(account, REGION)
    pool = Pool.objects.get(instance_type="m5.large", zone=f"{REGION}a", lifecycle=Lifecycle.SPOT)
    assert str(pool.price_hourly_usd) == "0.011100"
    assert 0 < scrape_of(Source.SPOT_PRICES).rows < before
    aws_emulator.order("price", instance_type="m5.large", zone=f"{REGION}a", usd=None)


def test_a_backfill_brings_the_days_before(account):
    # With the prices since three hours ago comes the one in force then, however old: one a pool.
    older = PricePoint.objects.filter(at__lt=timezone.now() - timedelta(hours=4)).order_by()
    of_a_pool = older.values("pool").annotate(points=Count("at"))
    scrape_region(account, REGION)
    assert not of_a_pool.filter(points__gt=1).exists()
    scrape_region(account, REGION, backfill=timedelta(days=2))
    assert of_a_pool.filter(points__gt=1).count() > 100


def test_a_source_that_is_down_says_so_and_stops_no_other(account, settings, free_port):
    settings.SPOT_ADVISOR_URL = f"http://127.0.0.1:{free_port}/spot-advisor-data.json"
    scrape_region(account, REGION)
    down = scrape_of(Source.SPOT_ADVISOR)
    assert down.problem.startswith("The Spot Advisor cannot be read:")
    assert down.succeeded_at is None
    assert scrape_of(Source.SPOT_PRICES).problem == ""
    assert Pool.objects.filter(lifecycle=Lifecycle.SPOT, risk_source="average").exists()


def test_a_cloud_that_is_down_leaves_the_old_prices(account, settings, free_port):
    scrape_region(account, REGION)
    before = dict(Pool.objects.values_list("pk", "price_hourly_usd"))
    succeeded_at = scrape_of(Source.SPOT_PRICES).succeeded_at
    settings.AWS_ENDPOINT_URL = f"http://127.0.0.1:{free_port}"
    stranger = CloudAccountFactory(regions=[REGION])  # a client that is not connected yet
    scrape_region(stranger, REGION)
    assert "AWS did not answer" in scrape_of(Source.SPOT_PRICES).problem
    assert scrape_of(Source.SPOT_PRICES).succeeded_at == succeeded_at
    assert dict(Pool.objects.values_list("pk", "price_hourly_usd")) == before


def test_statements_do_not_grow_with_the_market(account, django_assert_max_num_queries):
    scrape_region(account, REGION)
    with django_assert_max_num_queries(30):
        scrape_region(account, REGION)


@pytest.mark.django_db(transaction=True)
def test_a_region_is_scraped_by_one_worker_at_a_time(account, another_worker):
    with another_worker(f"scrape of {REGION}"), pytest.raises(AlreadyRunning):
        scrape_region(account, REGION)
    with only_one(f"scrape of {REGION}"):  # it is free again
        pass


def test_one_account_a_region_is_asked_and_rather_one_that_works():
    CloudAccountFactory(regions=[REGION, "eu-west-1"], problem="Account 1 does not allow it.")
    well = CloudAccountFactory(regions=[REGION])
    CloudAccountFactory(regions=["us-east-1"], client=ClientFactory(deleted_at=timezone.now()))
    chosen = regions_to_scrape()
    assert sorted(chosen) == ["eu-west-1", REGION]
    assert chosen[REGION] == well


def test_in_full_reads_every_source_again_and_closes_gaps(account):
    scrape_region(account, REGION)
    started = {scrape.source: scrape.started_at for scrape in Scrape.objects.filter(region=REGION)}
    PricePoint.objects.filter(at__gt=timezone.now() - timedelta(hours=12)).delete()
    scrape_in_full(account, REGION)
    again = Scrape.objects.filter(region=REGION)
    assert all(scrape.started_at > started[scrape.source] for scrape in again)
    hours_ago = timezone.now() - timedelta(hours=4)
    assert PricePoint.objects.filter(at__lt=hours_ago, at__gt=timezone.now() - timedelta(hours=12)).exists()


def test_regions_in_use_and_new_ones_are_on_the_short_cycle():
    account = CloudAccountFactory(regions=[REGION, "us-east-1", "eu-west-1", "eu-central-1"])
    ClusterFactory(account=account, region="us-east-1")
    LooseInstanceFactory(account=account, region="eu-west-1")
    assert sorted(regions_in_use()) == ["eu-central-1", "eu-west-1", "us-east-1", REGION]
    for region in account.regions:
        Scrape.objects.create(source=Source.SPOT_PRICES, region=region)
    assert sorted(regions_in_use()) == ["eu-west-1", "us-east-1"]
    assert sorted(regions_to_scrape()) == sorted(account.regions)
