"""Token buckets that keep probing gentle (security reference G1, G2)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from collectors.contract import Context, Limits

Sleep = Callable[[float], Awaitable[None]]

OPTION = "pace"
DATAGRAMS_PER_SECOND = 60.0


class TokenBucket:
    """Lets `rate` things pass per second, `burst_s` seconds' worth of them at once.

    `math.inf` as rate means: no bound. `spend` takes a token for what has happened already and may
    leave a debt, which the next `take` waits off.
    """

    def __init__(
        self,
        rate: float,
        now: Callable[[], float],
        sleep: Sleep = asyncio.sleep,
        burst_s: float = 0.1,
    ) -> None:
        if not rate > 0:
            raise ValueError(f"a rate must be above 0, not {rate}")
        self._rate = rate
        self._now = now
        self._sleep = sleep
        self._burst = max(1.0, rate * burst_s)
        self._tokens = self._burst
        self._filled_at = now()
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Wait for a token and take it; those who wait are served in their order."""
        if self._rate == float("inf"):
            return
        async with self._turn:
            await self._wait_until(1.0)
            self._tokens -= 1

    async def credit(self) -> None:
        """Wait until no debt is left, and take nothing."""
        if self._rate == float("inf"):
            return
        async with self._turn:
            await self._wait_until(0.0)

    def spend(self) -> None:
        """Take a token without waiting; a debt may stay."""
        if self._rate != float("inf"):
            self._fill()
            self._tokens -= 1

    async def _wait_until(self, wanted: float) -> None:
        self._fill()
        while self._tokens < wanted - 1e-9:
            await self._sleep((wanted - self._tokens) / self._rate)
            self._fill()

    def _fill(self) -> None:
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now


class Turns:
    """One at a time per device (security reference G1): whoever holds its turn may connect."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, device: str) -> AsyncIterator[None]:
        """Wait for the device's turn, and hold it; those who wait are served in their order."""
        lock, waiting = self._locks.get(device, (asyncio.Lock(), 0))
        self._locks[device] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(device)
            if waiting > 1:
                self._locks[device] = (lock, waiting - 1)

    def __len__(self) -> int:
        return len(self._locks)


class Pace:
    """The bounds that all active collectors of one agent share.

    The agent makes one and passes it as `options["pace"]`; without it a collector makes its own.
    """

    def __init__(
        self, limits: Limits, now: Callable[[], float], sleep: Sleep = asyncio.sleep
    ) -> None:
        self.turns = Turns()
        self.attempts = TokenBucket(limits.attempts_per_second, now, sleep)
        # Connections go to different devices; a second's worth may come together.
        self.connections = TokenBucket(limits.connections_per_second, now, sleep, burst_s=1.0)
        self.datagrams = TokenBucket(
            min(DATAGRAMS_PER_SECOND, limits.attempts_per_second), now, sleep
        )

    async def attempt(self) -> None:
        """Wait until a connection may be attempted."""
        await self.connections.credit()
        await self.attempts.take()


def pace_of(context: Context) -> Pace:
    """The agent's shared pace, or a new one from the context's limits."""
    shared = context.options.get(OPTION)
    if isinstance(shared, Pace):
        return shared
    return Pace(context.limits, asyncio.get_running_loop().time)
