from apps.fleet.cloud.aws.buckets import CAPACITY, REFILL_PER_SECOND, Bucket


def test_gives_its_capacity_at_once_and_then_nothing():
    bucket = Bucket(counted_at=0)
    assert [bucket.take(0) for _ in range(int(CAPACITY))] == [True] * int(CAPACITY)
    assert not bucket.take(0)


def test_refills_with_time_but_never_beyond_its_capacity():
    bucket = Bucket(tokens=0, counted_at=0)
    assert not bucket.take(0.9 / REFILL_PER_SECOND)
    assert bucket.take(1.1 / REFILL_PER_SECOND)
    bucket.take(10_000)
    assert bucket.tokens == CAPACITY - 1
