"""Paces: never more than the rate, and a few milliseconds' worth at once."""

import pytest

from collectors.tap.bucket import TokenBucket
from tests.collectors.tap.fakes import FakeClock


@pytest.mark.parametrize("rate", [20, 1000, 5000, 100_000])
def test_over_a_second_the_rate_holds(rate: int) -> None:
    clock = FakeClock()
    bucket = TokenBucket(rate, clock.monotonic)
    start, taken = clock.now, 0
    while taken < rate:
        got = bucket.take(64)
        taken += got
        if not got:
            clock.now += bucket.delay()
    elapsed = clock.now - start
    assert taken / rate - 0.011 <= elapsed + 1 / rate
    assert elapsed <= taken / rate + 0.001


def test_idle_time_does_not_pile_up() -> None:
    clock = FakeClock()
    bucket = TokenBucket(1000, clock.monotonic, burst_s=0.008)
    clock.now += 3600
    assert bucket.take(1000) == 8
    assert bucket.take(1000) == 0
    assert bucket.delay() == pytest.approx(0.001)


def test_a_slow_bucket_still_gives_single_tokens() -> None:
    clock = FakeClock()
    bucket = TokenBucket(2, clock.monotonic)
    assert [bucket.take(5), bucket.take(5)] == [1, 0]
    clock.now += bucket.delay()
    assert bucket.take(5) == 1


def test_given_back_tokens_can_be_taken_again() -> None:
    clock = FakeClock()
    bucket = TokenBucket(1000, clock.monotonic)
    clock.now += 1
    taken = bucket.take(8)
    bucket.give_back(taken)
    assert bucket.take(8) == taken


def test_zero_means_unpaced() -> None:
    bucket = TokenBucket(0, FakeClock().monotonic)
    assert bucket.take(10**6) == 10**6
    assert bucket.delay() == 0


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="a rate is 0"):
        TokenBucket(-1, FakeClock().monotonic)
