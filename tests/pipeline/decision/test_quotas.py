"""What an account may run: what the quota covers, and the pool that does not fit into it."""

import pytest
from django.utils import timezone

from apps.fleet.models import Quota
from apps.pipeline.decision.account_quotas import quotas_of
from apps.pipeline.decision.filters import static_refusal
from apps.pipeline.decision.funnel import narrow
from apps.pipeline.decision.model import QuotaView, Site
from apps.pipeline.decision.quotas import quota_of, quota_refusal, vcpus_left
from apps.pipeline.decision.reasons import Reason
from tests.factories import InstanceTypeFactory, OnDemandInstanceFactory, SpotInstanceFactory
from tests.pipeline.decision.views import NOW, policy, pool

STANDARD = QuotaView("spot", ("a", "c", "d", "h", "i", "m", "r", "t", "z"), vcpus=64, used=60)
INF, P5, P = (QuotaView("spot", (name,), vcpus=8) for name in ("inf", "p5", "p"))


def test_a_pool_that_does_not_fit_is_rejected_with_the_numbers():
    why = quota_refusal(pool(vcpus=8), [STANDARD])
    assert why is not None
    assert why.reason is Reason.QUOTA
    assert why.sentence == (
        "The account may run 64 vCPUs of spot instances of A, C, D, H, I, M, R, T, Z and runs 60."
    )


@pytest.mark.parametrize("vcpus", [2, 4])
def test_a_pool_passes_up_to_the_last_vcpu(vcpus):
    assert quota_refusal(pool(vcpus=vcpus), [STANDARD]) is None


def test_the_other_lifecycle_has_its_own():
    assert quota_refusal(pool(vcpus=8, lifecycle="on_demand"), [STANDARD]) is None
    assert vcpus_left(pool(lifecycle="on_demand"), [STANDARD]) is None
    assert vcpus_left(pool(), [STANDARD]) == 4


@pytest.mark.parametrize(
    ("family", "quota"),
    [("m6i", STANDARD), ("im4gn", STANDARD), ("inf2", INF), ("p5en", P5), ("p4d", P), ("x2idn", None)],
)
def test_the_longest_beginning_of_a_family_decides(family, quota):
    assert quota_of(pool(family=family), [STANDARD, P, P5, INF]) is quota


def test_the_funnel_counts_it_and_the_pool_is_a_near_miss():
    site = Site({"amd64": frozenset({"us-east-1b"})}, quotas=(STANDARD,))
    assert static_refusal(pool(vcpus=8), policy(), site, NOW).reason is Reason.QUOTA
    funnel = narrow([pool(vcpus=8)], policy(), site, lambda prices: dict.fromkeys(prices, 3), NOW)
    assert funnel.stopped == {Reason.QUOTA: 1}
    assert [miss.offer.pool.id for miss in funnel.near_misses] == [1]


@pytest.mark.django_db
def test_what_runs_counts_against_the_quota_of_its_kind(django_assert_num_queries):
    node = SpotInstanceFactory()
    account, region = node.account, node.region
    SpotInstanceFactory(cluster=node.cluster, instance_type=InstanceTypeFactory(name="c6i.xlarge"))
    OnDemandInstanceFactory(cluster=node.cluster)
    SpotInstanceFactory()  # another account's
    for code, lifecycle, families in (("L-1", "spot", ["m", "c"]), ("L-2", "on_demand", ["m"])):
        Quota.objects.create(
            account=account,
            region=region,
            code=code,
            lifecycle=lifecycle,
            families=families,
            vcpus=64,
            read_at=timezone.now(),
        )
    with django_assert_num_queries(2):
        spot, on_demand = quotas_of(account.pk, region)
    assert (spot.used, on_demand.used) == (6, 2)


@pytest.mark.django_db
def test_an_account_that_tells_no_quota_is_not_held_back(django_assert_num_queries):
    node = SpotInstanceFactory()
    with django_assert_num_queries(1):
        assert quotas_of(node.account_id, node.region) == ()
