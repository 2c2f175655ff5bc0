"""The token buckets keep their rate, in virtual time."""

import asyncio
import math

import pytest

from collectors.contract import Limits
from collectors.pace import Pace, TokenBucket, Turns, pace_of
from tests.collectors.contexts import context
from tests.collectors.virtual_time import now, run


@pytest.mark.parametrize(
    ("rate", "takes", "elapsed_s"),
    [
        pytest.param(10.0, 1, 0.0, id="the first is free"),
        pytest.param(10.0, 11, 1.0, id="then ten per second"),
        pytest.param(200.0, 20, 0.0, id="a burst of a tenth of a second"),
        pytest.param(200.0, 220, 1.0, id="a burst and a second"),
        pytest.param(0.5, 3, 4.0, id="slower than one per second"),
        pytest.param(math.inf, 10_000, 0.0, id="no bound"),
    ],
)
def test_take_keeps_the_rate(rate: float, takes: int, elapsed_s: float) -> None:
    async def main() -> float:
        bucket = TokenBucket(rate, now)
        for _ in range(takes):
            await bucket.take()
        return now()

    assert run(main()) == pytest.approx(elapsed_s, abs=1e-6)


def test_a_debt_is_waited_off_before_the_next_attempt() -> None:
    async def main() -> float:
        pace = Pace(Limits(connections_per_second=20.0, attempts_per_second=math.inf), now)
        for _ in range(30):  # a second's worth is the burst, ten are debt
            pace.connections.spend()
        await pace.attempt()
        return now()

    assert run(main()) == pytest.approx(0.5)


def test_attempts_alone_do_not_wait_for_connections() -> None:
    async def main() -> float:
        pace = Pace(Limits(connections_per_second=0.1, attempts_per_second=math.inf), now)
        for _ in range(1000):
            await pace.attempt()
        return now()

    assert run(main()) == 0.0


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan])
def test_a_rate_must_be_positive(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        TokenBucket(rate, lambda: 0.0)


def test_datagrams_have_a_ceiling_of_their_own() -> None:
    async def main() -> float:
        pace = Pace(Limits(attempts_per_second=5000.0), now)
        for _ in range(6 + 60):
            await pace.datagrams.take()
        return now()

    assert run(main()) == pytest.approx(1.0)


def test_the_shared_pace_of_the_agent_is_used() -> None:
    async def main() -> None:
        shared = Pace(Limits(), now)
        assert pace_of(context(pace=shared)) is shared
        assert pace_of(context()) is not shared

    run(main())


def test_a_device_is_one_collector_s_at_a_time_and_others_do_not_wait() -> None:
    async def main() -> list[tuple[str, float]]:
        turns = Turns()
        began: list[tuple[str, float]] = []

        async def hold(device: str) -> None:
            async with turns.of(device):
                began.append((device, now()))
                await asyncio.sleep(1)

        await asyncio.gather(hold("a"), hold("a"), hold("b"), hold("a"))
        assert len(turns) == 0
        return began

    assert run(main()) == [("a", 0.0), ("b", 0.0), ("a", 1.0), ("a", 2.0)]


def test_who_gives_up_waiting_leaves_the_turn_to_the_next() -> None:
    async def main() -> None:
        turns = Turns()
        async with turns.of("a"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1), turns.of("a"):
                    raise AssertionError
        async with turns.of("a"):
            assert len(turns) == 1
        assert len(turns) == 0

    run(main())
