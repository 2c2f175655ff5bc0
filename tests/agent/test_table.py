"""Tables for people: nothing that the network said can steer the terminal."""

import io
import re

import pytest
from rich.console import Console

from agent import table
from inventory.snapshot import Snapshot
from tests.agent.web.office import EVENTS, NOW, SNAPSHOT, device

HOSTILE = "[bold red]x[/] [link=http://evil.example]y[/link]"


def printed(show: "object", *arguments: object, width: int = 170) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system="truecolor", force_terminal=True)
    assert callable(show)
    show(console, *arguments)
    return stream.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("width", [80, 100, 170], ids=["least", "narrow", "wide"])
def test_devices(width: int) -> None:
    text = plain(printed(table.print_devices, SNAPSHOT, width=width))
    assert max(map(len, text.splitlines())) <= width
    for expected in ("10.66.7.20", "3c:52:82:00:07:14", "printer-2f", "telnet", "down"):
        assert expected in text
    assert "ssh" not in text  # it is closed


def test_names_are_not_markup() -> None:
    snapshot = Snapshot(number=1, taken_at=NOW, site="x", devices=(device(20, HOSTILE),))
    text = printed(table.print_devices, snapshot)
    assert "evil.example" in plain(text)
    assert "\x1b]8" not in text  # no hyperlink


@pytest.mark.parametrize(
    ("show", "arguments", "expected"),
    [
        pytest.param(table.print_events, (EVENTS, SNAPSHOT), "does not answer", id="events"),
        pytest.param(table.print_events, ((), SNAPSHOT), "Nothing has happened", id="no-events"),
        pytest.param(table.print_gaps, (SNAPSHOT,), "arp failed: ", id="gaps"),
        pytest.param(table.print_counts, (SNAPSHOT,), "3 devices, 2 with IPv4", id="counts"),
        pytest.param(
            table.print_devices,
            (Snapshot(number=1, taken_at=NOW, site="x"),),
            "No device is known.",
            id="no-devices",
        ),
    ],
)
def test_the_rest(show: "object", arguments: tuple[object, ...], expected: str) -> None:
    assert expected in plain(printed(show, *arguments))
