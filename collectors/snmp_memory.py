"""What is remembered of devices that were asked over SNMP, so that none is hammered."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

from collectors.contract import Context
from collectors.memory import DAY_S
from collectors.snmp_login import Login

OPTION: Final = "snmp_memory"
MOST: Final = 4096
AGAIN_S: Final = 20 * 3600.0  # a device that was silent; less than a day, for daily passes
LONGEST_REST_S: Final = 16 * DAY_S


class SnmpMemory:
    """Which credential works on a device, which was refused how often, and who was silent.

    A refused credential rests on that device for a day, then two, up to sixteen. One whose secret
    was changed is another. At the bound the oldest entries go.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._works: OrderedDict[str, Login] = OrderedDict()
        self._refused: OrderedDict[tuple[str, Login], tuple[int, float]] = OrderedDict()
        self._silent: OrderedDict[str, tuple[frozenset[Login], float]] = OrderedDict()

    def order(self, device: str, logins: Iterable[Login], now: float) -> tuple[Login, ...]:
        """Which credentials to try now: first what worked; none when it was silent to all."""
        given = tuple(logins)
        before, until = self._silent.get(device, (frozenset(), 0.0))
        if now < until and before.issuperset(given):
            return ()
        works = self._works.get(device)
        first = sorted(given, key=lambda login: login != works)
        return tuple(one for one in first if now >= self._refused.get((device, one), (0, 0.0))[1])

    def answered(self, device: str, login: Login) -> None:
        """A credential works."""
        self._works.pop(device, None)
        self._works[device] = login
        self._refused.pop((device, login), None)
        self._silent.pop(device, None)
        self._bound(self._works)

    def refused(self, device: str, login: Login, now: float) -> None:
        """A device said that a credential is not right."""
        times, _ = self._refused.pop((device, login), (0, 0.0))
        rest = min(LONGEST_REST_S, DAY_S * 2 ** min(times, 8))
        self._refused[device, login] = (times + 1, now + rest)
        if self._works.get(device) == login:
            del self._works[device]
        self._bound(self._refused)

    def silent(self, device: str, logins: Iterable[Login], now: float) -> None:
        """A device answered to none of these."""
        self._silent.pop(device, None)
        self._silent[device] = (frozenset(logins), now + AGAIN_S)
        self._bound(self._silent)

    def _bound(self, held: OrderedDict[Any, Any]) -> None:
        while len(held) > self._most:
            held.popitem(last=False)


def memory_of(context: Context) -> SnmpMemory:
    """The memory that the agent passes, or one that lasts for this run."""
    shared = context.options.get(OPTION)
    return shared if isinstance(shared, SnmpMemory) else SnmpMemory()
