"""Logs that grow, turn over, are emptied, are huge or are not there."""

import asyncio
import os
from pathlib import Path

import pytest

from collectors import resolver_log
from collectors.contract import CollectorError, NoData
from collectors.observation import AnyObservation, LookedUp
from collectors.resolver_log import Places
from tests.collectors.contexts import NOW, context, gathered

D = "dnsmasq[1]: "
ASKED = f"{D}query[A] kho.example from 10.66.7.5\n"
BOTH = (
    f"{D}query[A] www.example from 10.66.7.5\n{D}reply www.example is <CNAME>\n"
    f"{D}reply real.example is 10.66.7.9\n{D}query[AAAA] www.example from 10.66.7.5\n"
    f"{D}reply www.example is <CNAME>\n{D}reply real.example is NODATA-IPv6\n"
)


def read(*paths: Path, places: Places | None = None) -> list[LookedUp]:
    made = context(
        resolver_logs=[str(path) for path in paths],
        resolver_log_places=places if places is not None else Places(),
    )
    found = asyncio.run(gathered(resolver_log.collect(made)))
    return [item for item in found if isinstance(item, LookedUp)]


def counts(found: list[LookedUp]) -> dict[tuple[str, str], tuple[int, int]]:
    return {(item.client, item.name): (item.a, item.aaaa) for item in found}


@pytest.fixture(name="log")
def a_log(tmp_path: Path) -> Path:
    path = tmp_path / "dns.log"
    path.write_text(ASKED)
    return path


def test_questions_are_counted_and_answers_follow_aliases(tmp_path: Path) -> None:
    path = tmp_path / "dns.log"
    path.write_text(ASKED * 3 + BOTH)
    found = read(path)
    assert counts(found) == {
        ("10.66.7.5", "kho.example"): (3, 0), ("10.66.7.5", "www.example"): (1, 1),
    }  # fmt: skip
    (alias,) = (item for item in found if item.name == "www.example")
    assert (alias.answers, alias.lacks, alias.at) == (("10.66.7.9",), ("ipv6",), NOW)


def test_each_line_is_read_once(log: Path) -> None:
    places = Places()
    assert len(read(log, places=places)) == 1
    assert read(log, places=places) == []
    with log.open("a") as growing:
        growing.write(ASKED + ASKED[:20])
    assert counts(read(log, places=places)) == {("10.66.7.5", "kho.example"): (1, 0)}
    with log.open("a") as growing:
        growing.write(ASKED[20:])
    assert counts(read(log, places=places)) == {("10.66.7.5", "kho.example"): (1, 0)}


def test_a_rotated_file_is_read_to_its_end_first(log: Path) -> None:
    places = Places()
    read(log, places=places)
    with log.open("a") as growing:
        growing.write(ASKED)
    log.rename(f"{log}.1")
    log.write_text(ASKED * 2)
    found = read(log, places=places)
    assert counts(found) == {("10.66.7.5", "kho.example"): (3, 0)}
    assert read(log, places=places) == []


def test_a_file_that_was_emptied_in_place_begins_anew(log: Path) -> None:
    places = Places()
    log.write_text(ASKED * 5)
    read(log, places=places)
    os.truncate(log, 0)
    log.write_text(ASKED)
    assert counts(read(log, places=places)) == {("10.66.7.5", "kho.example"): (1, 0)}


def test_places_outlive_the_agent(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "places.json"
    read(log, places=Places(kept))
    assert read(log, places=Places(kept)) == []
    kept.write_text("{broken")
    assert len(read(log, places=Places(kept))) == 1


def test_a_new_file_is_read_from_near_its_end(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log.write_text(ASKED * 100)
    monkeypatch.setattr(resolver_log, "FIRST_BYTES", 10 * len(ASKED) + 5)
    assert counts(read(log)) == {("10.66.7.5", "kho.example"): (10, 0)}


def test_the_work_of_one_pass_is_bounded(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_log, "MAX_BYTES", 1)
    monkeypatch.setattr(resolver_log, "_CHUNK", 10 * len(ASKED))
    log.write_text(ASKED * 25)
    places = Places()
    passes = [sum(item.a for item in read(log, places=places)) for _ in range(4)]
    assert passes == [10, 10, 5, 0]


def test_what_is_held_is_bounded(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_log, "MAX_PAIRS", 10)
    monkeypatch.setattr(resolver_log, "_CHUNK", 1024)
    log.write_text("".join(f"{D}query[A] n{n}.example from 10.66.7.5\n" for n in range(500)))
    assert len(read(log)) == 500


def test_both_kinds_of_line_of_unbound_count_once(log: Path) -> None:
    line = "[1799999000] unbound[9:0] info: 10.66.7.5 kho.example. A IN"
    log.write_text(f"{line}\n{line} NXDOMAIN 0.0 0 60\n" * 4)
    (found,) = read(log)
    assert (found.a, found.at, found.lacks) == (4, 1799999000.0, ("ipv4", "ipv6"))
    log.write_text(f"{line} NOERROR 0.0 0 60\n" * 4)
    (found,) = read(log)
    assert (found.a, found.lacks) == (4, ())


def test_rubbish_is_skipped(log: Path) -> None:
    log.write_bytes(b"\xff\x00" * 5000 + b"\n" + ASKED.encode() + b"\x80" * 3_000_000)
    assert counts(read(log)) == {("10.66.7.5", "kho.example"): (1, 0)}


def test_a_missing_file_is_named_and_the_others_are_read(log: Path, tmp_path: Path) -> None:
    made = context(resolver_logs=[str(tmp_path / "no.log"), str(log)])
    found: list[AnyObservation] = []

    async def main() -> None:
        async for item in resolver_log.collect(made):
            found.append(item)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(CollectorError, match=r"cannot read .*no\.log: No such file"):
        asyncio.run(main())
    assert len(found) == 1


def test_without_files_there_is_nothing_to_read() -> None:
    with pytest.raises(NoData, match="resolver_logs"):
        read()


@pytest.mark.parametrize(
    ("text", "with_answers"),
    [
        pytest.param(BOTH, True, id="dnsmasq"),
        pytest.param(ASKED, False, id="the answer is still to come"),
        pytest.param(ASKED + "something\n" * 300, True, id="no answer came"),
        pytest.param("[1799999000] unbound[9:0] info: 10.66.7.5 kho.example. A IN\n" + "x\n" * 300,
            False, id="unbound"),
    ],
)  # fmt: skip
def test_whether_a_log_shows_answers(log: Path, text: str, with_answers: bool) -> None:
    log.write_text(text)
    assert {one.with_answers for one in read(log)} == {with_answers}
