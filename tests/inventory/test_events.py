"""The log of events, and the page that lists their kinds."""

import re
from pathlib import Path
from typing import get_args

import pytest

from inventory.events import MAX_PER_DEVICE, PER_DEVICE_S, EventLog
from inventory.snapshot import EventKind

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"


def test_the_page_lists_every_kind() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(get_args(EventKind))


@pytest.mark.parametrize(
    ("subject", "kept"),
    [
        pytest.param({"device": "d-1"}, MAX_PER_DEVICE, id="device"),
        pytest.param({"pace": "net-eth0 fe80::1"}, MAX_PER_DEVICE, id="other-subject"),
        pytest.param({"device": "d-1", "pace": "net-eth0"}, MAX_PER_DEVICE, id="both"),
        pytest.param({}, 30, id="nobody"),
    ],
)
def test_who_provokes_bores(subject: dict[str, str], kept: int) -> None:
    log = EventLog()
    for second in range(30):
        log.log(float(second), "router", "fe80::1 advertises", **subject)  # type: ignore[arg-type]
    assert len(log.recent(100)) == kept
    assert log.muted == 30 - kept
    log.log(PER_DEVICE_S + 1, "router", "fe80::1 advertises", **subject)  # type: ignore[arg-type]
    assert len(log.recent(100)) == kept + 1
