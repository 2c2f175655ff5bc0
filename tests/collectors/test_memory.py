"""What is remembered between passes: bounded, and forgotten in time."""

from collectors.memory import Until, memory_of
from tests.collectors.contexts import context


def test_holds_until_its_time_and_no_longer() -> None:
    memory = Until()
    memory.put("d-1", 100.0)
    assert memory.holds("d-1", 99.9)
    assert not memory.holds("d-1", 100.0)
    assert not memory.holds("d-2", 0.0)
    assert len(memory) == 0


def test_the_oldest_go_first() -> None:
    memory = Until(limit=2)
    for device in ("d-1", "d-2", "d-1", "d-3"):
        memory.put(device, 100.0)
    assert [device for device, _ in memory] == ["d-1", "d-3"]


def test_the_agents_memory_is_used_and_nothing_else() -> None:
    kept = Until()
    assert memory_of(context(quarantine=kept), "quarantine") is kept
    assert len(memory_of(context(quarantine="no memory"), "quarantine")) == 0
