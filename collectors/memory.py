"""What active collectors must remember between passes: whom to leave alone, and until when."""

from collections import OrderedDict
from collections.abc import Iterator

from collectors.contract import Context

QUARANTINE = "quarantine"  # option: devices that fell silent after a probe (G4)
DAY_S = 86400.0
MAX_DEVICES = 4096


class Until:
    """Device ids with a time (Unix seconds) until which something holds; the oldest go first."""

    def __init__(self, limit: int = MAX_DEVICES) -> None:
        self._limit = limit
        self._until: OrderedDict[str, float] = OrderedDict()

    def put(self, device: str, until: float) -> None:
        """Remember a device until a time."""
        self._until.pop(device, None)
        self._until[device] = until
        while len(self._until) > self._limit:
            self._until.popitem(last=False)

    def holds(self, device: str, now: float) -> bool:
        """Whether the device's time has not come yet."""
        until = self._until.get(device)
        if until is None:
            return False
        if until <= now:
            del self._until[device]
            return False
        return True

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return iter(self._until.items())

    def __len__(self) -> int:
        return len(self._until)


def memory_of(context: Context, option: str) -> Until:
    """The memory that the agent passes as `options[option]`, or one that lasts for this run."""
    kept = context.options.get(option)
    return kept if isinstance(kept, Until) else Until()
