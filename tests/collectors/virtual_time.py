"""Runs a coroutine on an event loop whose clock jumps to the next deadline instead of waiting."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end; a wait that nothing could ever end is an error, not a hang."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)


def now() -> float:
    """Seconds since the running loop began, in its own time."""
    return asyncio.get_running_loop().time()


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.elapsed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            # Threads may still wake the loop, so this is the one real wait, and it is bounded.
            ready = super().select(5)
            assert ready, "every task waits and no deadline is set"
            return ready
        self.elapsed_s += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.elapsed_s
