"""`lanwarden register` on a store and a file, and the file as the running agent follows it."""

import asyncio
import json
import logging
import os
from pathlib import Path

import pytest

from agent import main as program
from agent.register import FollowedRegister
from inventory.inventory import Inventory
from inventory.settings import Settings
from inventory.snapshot import RegisterState
from inventory.store import Store
from tests.inventory.builders import LAPTOP, PC, PHONE, PRINTER, SCOPE, T, named, seen

ROWS = (
    "Địa chỉ MAC;Tên máy;Phòng;Loại;Luôn bật;Mật;Số máy;Ghi chú\r\n"
    f"{PRINTER};Máy in tầng 2;Kế hoạch;Máy in;x;;SN-4711;=1+1\r\n"
    f"{PC};Máy 1;Tài chính;Máy tính;;có;;\r\n"
    "zz;Hỏng;;;;;;\r\n"
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a store, a register and a config that names both."""
    monkeypatch.setenv("COLUMNS", "100")
    store = Store.open(tmp_path / "lanwarden.db", lambda: T)
    inventory = Inventory(Settings("stc"), lambda _: "Brother")
    inventory.set_scope(SCOPE)
    inventory.apply(
        [
            seen(PRINTER, "10.66.7.9"),
            named("brn9.local", "mdns", mac=PRINTER),
            seen(LAPTOP, "10.66.7.11"),
            seen(PHONE, "10.66.7.12"),
        ]
    )
    store.commit(inventory.take_changes())
    store.close()
    (tmp_path / "register.csv").write_text(ROWS, encoding="utf-8-sig", newline="")
    (tmp_path / "c.toml").write_text(
        '[store]\npath = "lanwarden.db"\n[register]\nfile = "register.csv"\n', encoding="utf-8"
    )
    return tmp_path


def run(office: Path, *arguments: str) -> int:
    return program.main(["register", *arguments, "--config", str(office / "c.toml")])


def test_the_summary_says_what_is_wrong_and_how_both_agree(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(office) == 0
    out = capsys.readouterr().out
    assert "2 rows in force, 1 problem." in out
    assert 'row 4, Địa chỉ MAC: "zz" is no MAC' in out
    assert "1 devices are in no row, and 1 more with a random MAC" in out


def test_reconcile_names_the_missing_the_strangers_and_the_differences(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(office, "reconcile") == 0
    out = capsys.readouterr().out
    for part in (
        f"row 3  Máy 1  {PC}",
        "never seen",
        LAPTOP,
        "brn9",
    ):
        assert part in out, part
    assert run(office, "reconcile", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"]["unregistered"] == 1
    assert [one["macs"] for one in found["unregistered"]] == [[LAPTOP]]
    assert [one["macs"] for one in found["random"]] == [[PHONE]]
    assert {one["row"] for one in found["unseen"]} == {2, 3}
    assert [(one["field"], one["seen"]) for one in found["differing"]] == [("name", "brn9.local")]


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_an_export_passes_its_own_check(
    office: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(office, "export", "--output", str(office / name)) == 0
    assert program.main(["register", "check", str(office / name)]) == 1  # the row without a MAC
    out = capsys.readouterr().out
    assert "2 rows in force, 2 problems." in out
    assert "still carry the mark" in out
    assert [p.name for p in office.iterdir() if p.name.startswith(".")] == []


def test_an_export_without_a_register_begins_one(
    office: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (office / "c.toml").write_text('[store]\npath = "lanwarden.db"\n', encoding="utf-8")
    assert run(office, "export") == 0
    out = capsysbinary.readouterr().out
    assert out.startswith(b"\xef\xbb\xbfmac,name,division")
    assert out.count(b"\r\n") == 4


def test_reading_changes_nothing(office: Path) -> None:
    before = (office / "lanwarden.db").read_bytes()
    for arguments in ([], ["reconcile"], ["export", "--output", str(office / "o.csv")]):
        assert run(office, *arguments) == 0
    assert (office / "lanwarden.db").read_bytes() == before


@pytest.mark.parametrize(
    ("config", "arguments", "code", "part"),
    [
        pytest.param("", ["reconcile"], 2, "no register is named", id="none"),
        pytest.param('file = "gone.csv"', [], 2, "gone.csv: there is no such file", id="gone"),
        pytest.param('file = "."', ["reconcile"], 2, "is a directory", id="directory"),
        pytest.param(
            'file = "register.csv"', ["export", "--output", "/proc/none/x.csv"], 1,
            "cannot be written", id="nowhere",
        ),
        pytest.param(
            'file = "register.csv"', ["export", "--format", "ods"], 2, "--format", id="ods"
        ),
    ],
)  # fmt: skip
def test_refusals_are_one_sentence(
    office: Path, config: str, arguments: list[str], code: int, part: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    text = f'[store]\npath = "lanwarden.db"\n[register]\n{config}\n'
    (office / "c.toml").write_text(text, encoding="utf-8")
    assert run(office, *arguments) == code
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert part in said


def test_without_an_inventory_the_summary_is_of_the_file_alone(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (office / "lanwarden.db").unlink()
    assert run(office) == 0
    assert "Nothing was seen yet" in capsys.readouterr().out
    assert run(office, "reconcile") == 3


def test_config_check_reads_the_register(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["config", "check", "--config", str(office / "c.toml")]
    assert program.main(arguments) == 0
    assert "register.csv: 2 rows, 1 problem." in capsys.readouterr().out
    (office / "register.csv").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    os.utime(office / "register.csv", (1, 1))
    assert program.main(arguments) == 2
    assert "protected by a password" in capsys.readouterr().err


async def test_the_agent_follows_the_file(office: Path) -> None:
    followed = FollowedRegister(lambda: T)
    path = office / "register.csv"
    assert await followed.follow(path)
    assert followed.entries is not None
    assert [entry.row for entry in followed.entries] == [2, 3]
    assert not await followed.follow(path)
    assert await followed.follow(path, again=True)
    (notice,) = followed.notices
    assert "The register has 1 problem: row 4" in notice
    path.write_text(f"mac,name\n{LAPTOP},a\n", encoding="utf-8")
    os.utime(path, (5, 5))
    assert await followed.follow(path)
    assert [entry.name for entry in followed.entries] == ["a"]
    assert followed.notices == ()
    facts = followed.facts(RegisterState(1))
    assert facts is not None
    assert (facts.rows, facts.problems, facts.read_ok, facts.success_at) == (1, 0, True, T)


async def test_a_bad_file_leaves_the_register_before_it_in_force(
    office: Path, caplog: pytest.LogCaptureFixture
) -> None:
    followed = FollowedRegister(lambda: T)
    path = office / "register.csv"
    await followed.follow(path)
    before = followed.entries
    caplog.clear()
    caplog.set_level(logging.ERROR)
    for number in (1, 2):
        path.write_bytes(b"\0" * 9)
        os.utime(path, (number, number))
        assert not await followed.follow(path)
    assert followed.entries == before
    facts = followed.facts(RegisterState(2))
    assert facts is not None
    assert not facts.read_ok
    assert len(caplog.records) == 1  # said once
    assert "the one before it stays in force" in followed.notices[0]
    path.unlink()
    path.write_text(ROWS, encoding="utf-8")
    assert await followed.follow(path)
    assert "not used" not in "".join(followed.notices)


async def test_without_a_register_nothing_is_said() -> None:
    followed = FollowedRegister(lambda: T)
    assert await followed.follow(None)  # so that rows of an earlier register are taken back
    assert not await followed.follow(None)
    assert (followed.entries, followed.facts(None), followed.notices) == (None, None, ())


def test_the_example_has_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[2] / "deploy/register.csv"
    assert program.main(["register", "check", str(example)]) == 0
    assert "7 rows in force, 0 problems." in capsys.readouterr().out


def started(office: Path) -> tuple[Inventory, FollowedRegister, bool]:
    """As the agent starts: what the store kept, then the file."""
    store = Store.open(office / "lanwarden.db", lambda: T)
    inventory = Inventory(Settings("stc"), lambda _: "", store.load())
    inventory.set_scope(SCOPE)
    followed = FollowedRegister(lambda: T + 50)
    if read := asyncio.run(followed.follow(office / "register.csv")):
        inventory.set_register(followed.entries, T + 50)
    inventory.end_first_pass(T + 1)
    store.commit(inventory.take_changes())
    store.close()
    return inventory, followed, read


def test_the_register_outlives_a_restart_with_a_file_that_is_broken(office: Path) -> None:
    started(office)
    (office / "register.csv").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert not started(office)[2]
    inventory, followed, read = started(office)  # and another restart
    assert not read
    # A machine that may hold state secrets appears for the first time, with nothing to read.
    inventory.apply([seen(PC, "10.66.7.20", T + 100)])
    snapshot = inventory.snapshot(T + 101)
    (found,) = [one for one in snapshot.devices if PC in one.macs]
    assert found.registered is not None
    assert found.registered.classified
    assert [e.kind for e in inventory.recent_events(10)].count("classified_seen") == 1
    (notice,) = followed.notices
    assert "what it said before the agent started stays in force" in notice
    facts = followed.facts(snapshot.register)
    assert facts is not None
    assert (facts.rows, facts.read_ok, facts.success_at) == (2, False, T + 50)


def test_a_register_that_the_config_names_no_more_is_forgotten(office: Path) -> None:
    started(office)
    store = Store.open(office / "lanwarden.db", lambda: T)
    assert len(store.load().rows) == 2
    inventory = Inventory(Settings("stc"), lambda _: "", store.load())
    inventory.set_register(None, T + 60)
    changes = inventory.take_changes()
    inventory.restore_changes(changes)  # the disk was full
    assert inventory.take_changes().rows == ()
    store.commit(changes)
    assert store.load().rows == ()
    store.close()
