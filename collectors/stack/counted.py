"""What the kernel counted between two looks."""

from collections.abc import Mapping
from typing import Final

OPTION: Final = "stack_counters"  # the memory that the agent keeps from pass to pass


class Counted:
    """The counters at the last look."""

    def __init__(self) -> None:
        self._before: dict[str, int] | None = None

    def since(self, now: Mapping[str, int]) -> dict[str, int] | None:
        """What was counted since the last look; None at the first, and after they began anew."""
        before, self._before = self._before, dict(now)
        if before is None or any(value < before.get(name, 0) for name, value in now.items()):
            return None
        return {name: value - before.get(name, 0) for name, value in now.items()}
