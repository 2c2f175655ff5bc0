"""The one token bucket that everything which the tap sends passes through."""

from collections.abc import Callable
from typing import Final

BURST_S: Final = 0.008
_ROUNDING: Final = 1e-6  # a token that is only short by float arithmetic is whole


class TokenBucket:
    """At most `rate` tokens a second, and never more than `burst_s` seconds' worth at once.

    `rate` 0 means unpaced. `clock` gives monotonic seconds.
    """

    def __init__(self, rate: float, clock: Callable[[], float], burst_s: float = BURST_S) -> None:
        if rate < 0:
            raise ValueError(f"a rate is 0 (unpaced) or more, not {rate}")
        self._rate = rate
        self._clock = clock
        self._capacity = max(1.0, rate * burst_s)
        self._tokens = 1.0
        self._filled_at = clock()

    def take(self, wanted: int) -> int:
        """Take up to `wanted` tokens and say how many there were."""
        if not self._rate:
            return wanted
        self._fill()
        taken = min(wanted, int(self._tokens + _ROUNDING))
        self._tokens -= taken
        return taken

    def give_back(self, tokens: int) -> None:
        """Return tokens that were taken and not used."""
        if self._rate:
            self._tokens = min(self._capacity, self._tokens + tokens)

    def delay(self) -> float:
        """Seconds until there is a token; 0 when there is one."""
        if not self._rate:
            return 0.0
        self._fill()
        missing = 1.0 - self._tokens
        return missing / self._rate if missing > _ROUNDING else 0.0

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
