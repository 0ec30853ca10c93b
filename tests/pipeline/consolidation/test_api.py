"""GET /api/client/clusters/{id}/consolidation: the newest look, for the tenant alone."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.pipeline.models import Consolidation
from apps.pipeline.retention import CONSOLIDATIONS, forget_consolidations
from tests.factories import ClientUserFactory, ClusterFactory
from tests.factories.pipeline import ConsolidationFactory

pytestmark = pytest.mark.django_db


def browser_of(client):
    browser = Browser()
    browser.force_login(ClientUserFactory(client=client))
    return browser


def address(cluster):
    return f"/api/client/clusters/{cluster.pk}/consolidation"


def test_the_newest_look_is_shown_with_its_waves_and_what_is_kept(django_assert_max_num_queries):
    cluster = ClusterFactory()
    ConsolidationFactory(cluster=cluster, created_at=timezone.now() - timedelta(hours=1), nodes_before=99)
    newest = ConsolidationFactory(cluster=cluster)
    mine = browser_of(cluster.client)
    with django_assert_max_num_queries(8):
        body = mine.get(address(cluster)).json()
    assert body["id"] == str(newest.pk)
    assert body["bound_hourly_usd"] <= body["after_hourly_usd"] < body["before_hourly_usd"]
    assert [set(wave) for wave in body["waves"]] == [
        {"remove", "buy", "evictions", "rounds", "saving_hourly_usd", "waits_for"}
    ] * len(newest.waves)
    assert [stay["node"] for stay in body["stays"]] == [stay["node"] for stay in newest.stays]


def test_a_cluster_that_was_not_looked_at_has_none():
    cluster = ClusterFactory()
    answer = browser_of(cluster.client).get(address(cluster))
    assert answer.status_code == 404
    assert "consolidation" in answer.content.decode().lower()


def test_another_tenants_cluster_is_not_there():
    look = ConsolidationFactory()
    assert browser_of(ClusterFactory().client).get(address(look.cluster)).status_code == 404


def test_old_looks_are_forgotten():
    now = timezone.now()
    ConsolidationFactory(created_at=now - CONSOLIDATIONS - timedelta(minutes=1))
    kept = ConsolidationFactory(created_at=now - CONSOLIDATIONS + timedelta(minutes=1))
    assert forget_consolidations(now) == 1
    assert list(Consolidation.objects.all()) == [kept]
