"""The same thing heard again and again is told once a second."""

from collections.abc import Iterable, Iterator

import msgspec

from collectors.observation import AddressSeen, AnyObservation


class Coalescer:
    """Lets identical observations through once in `interval_s`; remembers `size` of them."""

    def __init__(self, interval_s: float = 1.0, size: int = 8192) -> None:
        self._interval_s = interval_s
        self.epoch = 0  # another one after each release
        self._size = size
        self._last: dict[object, float] = {}

    def fresh(self, observations: Iterable[AnyObservation]) -> Iterator[AnyObservation]:
        """Yield those that were not yielded within the interval."""
        for observation in observations:
            key = _key(observation)
            last = self._last.get(key)
            if last is not None and 0 <= observation.at - last < self._interval_s:
                continue
            self._last.pop(key, None)  # to the end of the order in which keys are forgotten
            self._last[key] = observation.at
            if len(self._last) > self._size:
                del self._last[next(iter(self._last))]
            yield observation

    def due(self, observation: AnyObservation) -> float:
        """From when on the same would be news again (Unix time)."""
        return self._last.get(_key(observation), float("-inf")) + self._interval_s

    def release(self, address: str) -> None:
        """Forget what was seen of one address."""
        self.epoch += 1
        for key in [key for key in self._last if isinstance(key, tuple) and key[1] == address]:
            del self._last[key]


def _key(observation: AnyObservation) -> object:
    if type(observation) is AddressSeen:
        return (
            observation.mac,
            observation.address,
            observation.how,
            observation.interface,
            observation.router,
            observation.hold,
        )
    return msgspec.structs.replace(observation, at=0.0)
