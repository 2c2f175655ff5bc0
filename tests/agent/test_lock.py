"""One agent per store."""

from pathlib import Path

from agent.lock import held


def test_the_second_is_told_and_the_lock_ends_with_the_first(tmp_path: Path) -> None:
    store = tmp_path / "lanwarden.db"
    with held(store) as first, held(store) as second:
        assert (first, second) == (True, False)
    with held(store) as third:
        assert third
