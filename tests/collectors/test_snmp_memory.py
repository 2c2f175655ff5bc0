"""What is remembered, so that no device is hammered."""

from collectors.memory import DAY_S
from collectors.snmp_login import Community, Secret
from collectors.snmp_memory import AGAIN_S, LONGEST_REST_S, SnmpMemory

ONE, TWO = (Community(name, Secret(name.encode())) for name in ("one", "two"))
BOTH = (ONE, TWO)


def test_what_worked_comes_first() -> None:
    memory = SnmpMemory()
    assert memory.order("d-1", BOTH, 0.0) == BOTH
    memory.answered("d-1", TWO)
    assert memory.order("d-1", BOTH, 0.0) == (TWO, ONE)
    assert memory.order("d-2", BOTH, 0.0) == BOTH


def test_what_was_refused_rests_longer_each_time() -> None:
    memory, now = SnmpMemory(), 0.0
    for days in (1, 2, 4, 8, 16, 16):
        memory.refused("d-1", ONE, now)
        assert memory.order("d-1", BOTH, now + days * DAY_S - 1) == (TWO,)
        now += days * DAY_S
        assert memory.order("d-1", BOTH, now) == BOTH
    assert LONGEST_REST_S == 16 * DAY_S
    changed = Community("one", Secret(b"changed"))
    memory.refused("d-1", ONE, now)
    assert memory.order("d-1", (changed,), now) == (changed,)


def test_taken_once_what_was_refused_counts_no_more() -> None:
    memory = SnmpMemory()
    memory.refused("d-1", ONE, 0.0)
    memory.answered("d-1", ONE)
    assert memory.order("d-1", BOTH, 0.0) == BOTH
    memory.refused("d-1", ONE, 0.0)
    assert memory.order("d-1", BOTH, DAY_S) == BOTH


def test_who_was_silent_is_left_alone_unless_there_is_something_new() -> None:
    memory = SnmpMemory()
    memory.silent("d-1", (ONE,), 0.0)
    assert memory.order("d-1", (ONE,), AGAIN_S - 1) == ()
    assert memory.order("d-1", BOTH, AGAIN_S - 1) == BOTH
    assert memory.order("d-1", (ONE,), AGAIN_S) == (ONE,)


def test_it_is_bounded() -> None:
    memory = SnmpMemory(most=2)
    for device in ("d-1", "d-2", "d-3"):
        memory.silent(device, BOTH, 0.0)
        memory.answered(f"{device}x", TWO)
        memory.refused(f"{device}y", ONE, 0.0)
    assert memory.order("d-1", BOTH, 0.0) == BOTH
    assert memory.order("d-3", BOTH, 0.0) == ()
    assert memory.order("d-1x", BOTH, 0.0) == BOTH
    assert memory.order("d-1y", BOTH, 0.0) == BOTH
    assert memory.order("d-3y", BOTH, 0.0) == (TWO,)
