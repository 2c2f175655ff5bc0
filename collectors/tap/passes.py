"""Asking a list of targets, and the silent ones again, without waiting longer than needed."""

from collections.abc import Callable, Iterator
from typing import Final

from collectors.tap.sweep import Step

CHUNK: Final = 16


def passes(
    frames: Callable[[int], bytes | bytearray],
    count: int,
    is_silent: Callable[[int], bool],
    tries: int,
    wait_s: float,
    clock: Callable[[], float],
) -> Iterator[Step]:
    """Ask `count` targets up to `tries` times, each at least `wait_s` after the time before.

    `frames(i)` builds the question to target i, `is_silent(i)` says whether it is still worth
    asking. Ends when the last one asked has had `wait_s` to answer.
    """
    ready = [0.0] * -(-count // CHUNK)
    last = clock()
    for attempt in range(tries):
        for chunk in range(len(ready)):
            members = range(chunk * CHUNK, min(count, (chunk + 1) * CHUNK))
            if not any(map(is_silent, members)):
                continue
            if attempt and clock() < ready[chunk]:
                yield ready[chunk]
            for index in members:
                if is_silent(index):
                    yield frames(index)
            last = ready[chunk] = clock() + wait_s
    yield last
