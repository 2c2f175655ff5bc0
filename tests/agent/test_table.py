"""Tables for people: nothing that the network said can steer the terminal."""

import io
import re

import pytest
from rich.console import Console

from agent import table
from checks import registry
from inventory.snapshot import Address, InventoryEvent, Snapshot
from tests.agent.web.office import EVENTS, NOW, RIVAL, SNAPSHOT, device

HOSTILE = "[bold red]x[/] [link=http://evil.example]y[/link]"


def printed(show: "object", *arguments: object, width: int = 170) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system="truecolor", force_terminal=True)
    assert callable(show)
    show(console, *arguments)
    return stream.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("width", [40, 80, 120, 160, 180])
def test_devices(width: int) -> None:
    text = plain(printed(table.print_devices, SNAPSHOT, width=width))
    assert max(map(len, text.splitlines())) <= width
    assert "duplicate" in text
    for expected in ("10.66.7.20", "printer-2f", "telnet", "down"):
        assert expected in text
    assert "ssh" not in text  # it is closed


@pytest.mark.parametrize("width", [80, 120, 160], ids=["least", "narrow", "wide"])
@pytest.mark.parametrize("show", [table.print_todo, table.print_findings], ids=["todo", "all"])
def test_findings_wrap_between_words(show: "object", width: int) -> None:
    findings = registry.judge(SNAPSHOT)
    text = plain(printed(show, findings, SNAPSHOT, width=width))
    assert max(map(len, text.splitlines())) <= width
    joined = " ".join(text.split())
    assert joined.count("Switch telnet off on the device; manage it over SSH or HTTPS.") == 1
    for expected in ("printer-2f (10.66.7.21)", "No telnet service is open"):
        assert expected in joined


def test_the_duplicate_address_is_told() -> None:
    text = " ".join(plain(printed(table.print_todo, (), SNAPSHOT, width=80)).split())
    assert f"10.66.7.20 is used by two stations: {RIVAL} (unknown device)" in text
    assert "1 duplicate address" in plain(printed(table.print_counts, SNAPSHOT))


def test_findings_of_one_check_come_without_conflicts() -> None:
    stream = io.StringIO()
    table.print_todo(table.console(stream), (), SNAPSHOT, conflicts=False)
    assert stream.getvalue() == ""


def test_many_devices_are_counted() -> None:
    devices = tuple(device(n, f"printer-{n}") for n in range(20, 30))
    snapshot = Snapshot(number=1, taken_at=NOW, site="x", devices=devices)
    text = " ".join(plain(printed(table.print_todo, registry.judge(snapshot), snapshot)).split())
    assert "not met by 10 devices" in text
    assert "printer-25 (10.66.7.25) and 4 more" in text
    assert "lanwarden findings --all" in text


def pairs_of_twins(count: int) -> Snapshot:
    devices = tuple(
        device(n, f"srv-{n // 2}", suggested=(f"d-{n ^ 1:010d}",))
        for n in range(20, 20 + 2 * count)
    )
    return Snapshot(number=1, taken_at=NOW, site="x", devices=devices)


def test_what_may_be_one_device_comes_with_the_commands() -> None:
    text = plain(printed(table.print_suggested, pairs_of_twins(1)))
    assert "srv-10 (10.66.7.20) and srv-10 (10.66.7.21) may be one device\n" in text
    assert "why: lanwarden devices show d-0000000020\n" in text
    assert "if so: lanwarden devices merge d-0000000020 d-0000000021\n" in text
    assert printed(table.print_suggested, SNAPSHOT) == ""


def test_many_suggestions_are_counted() -> None:
    text = plain(printed(table.print_suggested, pairs_of_twins(8)))
    assert text.count("devices merge") == 6
    assert "2 more pairs may be one device each" in text


def test_without_a_store_there_is_nothing_to_merge() -> None:
    stream = io.StringIO()
    table.print_suggested(table.console(stream), pairs_of_twins(1), kept=False)
    assert "srv-10 (10.66.7.21) may be one device" in stream.getvalue()
    assert "devices merge" not in stream.getvalue()
    assert "a scan with --config" in stream.getvalue()


def test_into_a_pipe_a_line_is_a_line() -> None:
    stream = io.StringIO()
    table.print_events(table.console(stream), [long_event()], SNAPSHOT)
    assert stream.getvalue().count("\n") == 1


def test_events_wrap_below_their_text() -> None:
    lines = plain(printed(table.print_events, [long_event()], SNAPSHOT, width=80)).splitlines()
    assert lines[0].startswith("2026-11-18 11:06:40Z  down")
    assert all(line.startswith(" " * 22) for line in lines[1:])
    assert max(map(len, lines)) <= 80
    assert " ".join(" ".join(lines).split()).count("word") == 60


def test_a_device_without_a_name_is_called_by_its_address() -> None:
    snapshot = Snapshot(number=1, taken_at=NOW, site="x", devices=(device(20),))
    text = plain(printed(table.print_devices, snapshot))
    assert text.count("10.66.7.20") == 2
    assert "d-0000000020" in text


def long_event() -> InventoryEvent:
    return InventoryEvent(9, NOW, "down", "d-0000000021", "net-eth0", "word " * 60)


@pytest.mark.parametrize("width", [72, 80, 111, 112, 120, 160, 169, 170, 200])
def test_no_address_is_cut_or_broken(width: int) -> None:
    long = "2001:db8:1234:5678:9abc:def0:1234:5678"
    crowded = device(
        21, "a-very-long-name-of-a-workstation-in-the-treasury.stc.example",
        vendor="Zhejiang Dahua Technology Co., Ltd.", kind="management_controller", state="unknown",
        addresses=(*device(21).addresses, Address(long, "ipv6", "global", "own", NOW, NOW)),
    )  # fmt: skip
    snapshot = Snapshot(number=1, taken_at=NOW, site="x", devices=(crowded,))
    text = plain(printed(table.print_devices, snapshot, width=width))
    assert max(map(len, text.splitlines())) <= width
    for whole in (long, "10.66.7.21", "3c:52:82:00:07:15", "Technology", "telnet", "unknown"):
        assert whole in text
    letters = iter("".join(text.split()))
    assert all(letter in letters for letter in crowded.name)  # in this order, over several lines


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
