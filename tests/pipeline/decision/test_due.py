"""Which clusters are decided next, and that no two workers decide the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster
from apps.fleet.signals import switch_finished
from apps.pipeline.decision.due import claim_due, mark_due
from apps.pipeline.models import Scrape, Source, Trigger
from tests.factories import ClientFactory, CloudAccountFactory, ClusterFactory, SwitchFactory

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return timezone.now()


def market_changed(at):
    Scrape.objects.update_or_create(
        source=Source.SPOT_PRICES, region="us-east-1", defaults={"changed_at": at}
    )


def test_a_new_cluster_is_decided_once(now):
    cluster = ClusterFactory()
    assert claim_due(now) == [(cluster.pk, Trigger.SIGNAL)]
    assert claim_due(now) == []


def test_every_five_minutes_at_the_latest(now):
    cluster = ClusterFactory(decided_at=now)
    assert claim_due(now + 5 * MINUTE - timedelta(seconds=1)) == []
    assert claim_due(now + 5 * MINUTE) == [(cluster.pk, Trigger.SCHEDULE)]


def test_when_the_market_changed_since(now):
    cluster = ClusterFactory(decided_at=now)
    market_changed(now - MINUTE)
    assert claim_due(now + MINUTE) == []
    market_changed(now + timedelta(seconds=1))
    assert claim_due(now + timedelta(seconds=5)) == []  # not at every tick of the market
    assert claim_due(now + MINUTE) == [(cluster.pk, Trigger.MARKET)]


def test_another_regions_market_is_no_reason(now):
    ClusterFactory(decided_at=now, region="eu-west-1")
    market_changed(now + timedelta(seconds=1))
    assert claim_due(now + MINUTE) == []


def test_a_signal_makes_it_due_at_once(now):
    cluster = ClusterFactory(decided_at=now)
    mark_due(cluster.pk)
    assert claim_due(now) == [(cluster.pk, Trigger.SIGNAL)]


def test_a_finished_switch_makes_its_cluster_due(now):
    switch = SwitchFactory(cluster__decided_at=now)
    switch_finished.send(None, switch=switch)
    assert Cluster.objects.get(pk=switch.cluster_id).decided_at is None


def test_clusters_without_policy_or_tenant_are_left_out(now):
    ClusterFactory(policy=None)
    ClusterFactory(account=CloudAccountFactory(client=ClientFactory(deleted_at=now)))
    assert claim_due(now) == []
