"""The screens of `lanwarden ipv6`: 80 columns, bounded, deaf to what the network says."""

import io
import re
from typing import Any

import pytest
from rich.console import Console

from agent import readiness, readiness_table, rehearsal_table
from checks import registry
from checks.readiness import history, national
from checks.readiness.assessment import assess
from exporters import readiness as documents
from exporters.rehearsal import rehearsal_document
from inventory.readiness import Facts
from inventory.snapshot import Snapshot
from tests.checks import facts, lan
from tests.checks.readiness.builders import edge

HOSTILE = "[bold red]x[/] [link=http://evil.example]y[/link]"


def office(count: int = 3, name: str = "pc") -> Snapshot:
    devices = [
        lan.device(
            f"d-{n:010d}", f"10.66.0.{n % 250}", f"fe80::{n:x}", name=f"{name}-{n}",
            kind="workstation", discovery_cycles=5, groups=("ff02::1",),
        )
        for n in range(1, count + 1)
    ]  # fmt: skip
    edges = tuple(
        edge(one.id, "10.66.0.1", peer=devices[0].id, days=2) for one in devices[1 : count // 2 + 2]
    )
    return facts.snapshot(Facts(edges=edges, twin=(facts.twin("portal", works=False),)), *devices)


def screen(snapshot: Snapshot, show: Any, width: int = 80, **options: Any) -> str:
    findings = registry.judge(snapshot)
    assessed = assess(snapshot, findings)
    named = readiness.names()
    stream = io.StringIO()
    out = Console(file=stream, width=width, color_system="truecolor", force_terminal=True)
    if show is rehearsal_table.print_rehearsal:
        show(out, rehearsal_document(snapshot, assessed, named), **options)
    elif show is readiness_table.print_plan:
        made = documents.readiness_document(snapshot, findings, assessed, named)
        show(out, made, national.answers(national.items(), snapshot, findings, assessed))
    else:
        made = documents.readiness_document(snapshot, findings, assessed, named)
        show(out, made, **options)
    return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())


SHOWS = [
    pytest.param(readiness_table.print_readiness, id="readiness"),
    pytest.param(rehearsal_table.print_rehearsal, id="rehearsal"),
    pytest.param(readiness_table.print_plan, id="plan"),
]


@pytest.mark.parametrize("show", SHOWS)
@pytest.mark.parametrize("count", [0, 3, 150], ids=["empty", "three", "many"])
@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_too_long(show: Any, count: int, width: int) -> None:
    text = screen(office(count), show, width=width)
    assert max(map(len, text.splitlines())) <= min(width, 100)


@pytest.mark.parametrize("show", SHOWS[:2])
def test_many_devices_fit_a_screen_and_all_can_be_seen(show: Any) -> None:
    text = screen(office(150), show)
    assert len(text.splitlines()) < 70
    assert "--all" in text
    every = screen(office(150), show, every=True)
    assert all(f"pc-{n}" in every for n in range(1, 151))


@pytest.mark.parametrize("show", SHOWS[:2])
def test_names_are_never_markup(show: Any) -> None:
    text = " ".join(screen(office(2, HOSTILE), show, width=100).split())
    assert "[bold red]x" in text or "[bold red]…" in text


def test_what_the_screen_says() -> None:
    text = " ".join(screen(office(3), readiness_table.print_readiness).split())
    for expected in ("side by side (R1)", "switch IPv4 off (R2)", "What next, worst first",
                     "Devices, 3 in all", "next:"):  # fmt: skip
        assert expected in text


def test_what_the_rehearsal_says() -> None:
    text = " ".join(screen(office(6), rehearsal_table.print_rehearsal).split())
    for expected in ("a prediction, IPv4 is still on", "Fourteen days are the least",
                     "Tried for real", "breaks portal", "Never heard asking"):  # fmt: skip
        assert expected in text


def test_what_changed() -> None:
    snapshot = office(3)
    findings = registry.judge(snapshot)
    assessed = assess(snapshot, findings)
    after = readiness.kept(snapshot, findings, assessed)
    before = history.Assessed(
        at=after.at - 86400,
        dual_stack=after.dual_stack,
        ipv6_only=after.ipv6_only,
        devices={"d-0000000001": 4, "d-0000000002": None, "d-gone": 1},
        networks=after.networks,
        counts=after.counts,
    )
    named = readiness.names()
    made = documents.readiness_document(snapshot, findings, assessed, named)
    made = documents.with_changes(made, history.compare(before, after), named, snapshot)
    stream = io.StringIO()
    readiness_table.print_readiness(Console(file=stream, width=80), made)
    text = " ".join(stream.getvalue().split())
    level = assessed.devices["d-0000000001"].level
    assert f"fell pc-1: L4 → L{level}" in text
    for expected in ("Since ", "new problem", "1 device seen since", "1 device forgotten",
                     "1 device whose level is known now"):  # fmt: skip
        assert expected in text


@pytest.mark.parametrize(
    "text", ["tomorrow", "2026-13-01", "", "7 fortnights", "2999-01-01", "-3d"],
)  # fmt: skip
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|future"):
        readiness.moment(text, lan.NOW)


def test_moments() -> None:
    assert readiness.moment("7d", lan.NOW) == lan.NOW - 7 * 86400
    assert readiness.moment("2026-01-02T03:04:05+00:00", lan.NOW) == 1767323045.0
