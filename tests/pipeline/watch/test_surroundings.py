from datetime import timedelta

import pytest
from django.utils import timezone

from apps.pipeline.models import PlacementRequest
from apps.pipeline.statuses import PlanPurpose
from apps.pipeline.watch.surroundings import helped, is_solving
from tests.factories import ClusterFactory, LaunchFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
JUST_NOW, AGO, LATER = NOW - timedelta(seconds=0.1), NOW - timedelta(seconds=1), NOW + timedelta(seconds=9)


@pytest.mark.parametrize(
    ("changes", "is_busy"),
    [
        ({"created_at": JUST_NOW}, True),
        ({"created_at": JUST_NOW, "claimed_until": LATER}, True),
        ({"created_at": AGO, "claimed_until": LATER}, False),
        ({"created_at": AGO, "claimed_until": LATER, "pods": 5000}, True),
        ({"created_at": AGO}, True),
        ({"created_at": JUST_NOW, "finished_at": NOW}, False),
        ({"created_at": JUST_NOW, "purpose": PlanPurpose.DRY_RUN}, False),
    ],
)
def test_the_next_batch_waits_for_the_plan_of_the_one_before(changes, is_busy) -> None:
    cluster = ClusterFactory()
    PlacementRequest.objects.create(**{"cluster": cluster, "pods": 10, "problem": b"", **changes})
    assert is_solving(cluster, NOW) is is_busy
    assert not is_solving(ClusterFactory(), NOW)


def test_whoever_waits_for_a_plan_or_a_launch_is_helped(django_assert_num_queries) -> None:
    cluster = ClusterFactory()
    row = {"cluster": cluster, "pods": 1, "problem": b"", "created_at": NOW}
    PlacementRequest.objects.create(**row, context={"uids": {"shop/a": "uid-a"}})
    PlacementRequest.objects.create(**row, context={"uids": {"shop/old": "uid-old"}}, finished_at=NOW)
    LaunchFactory(cluster=cluster, pods=[{"namespace": "shop", "name": "b", "uid": "uid-b"}])
    LaunchFactory(pods=[{"namespace": "shop", "name": "c", "uid": "uid-c"}])

    with django_assert_num_queries(2):
        assert helped(cluster) == {"uid-a", "uid-b"}
