"""The file: restarts, kills, locks, full disks, damage."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inventory.inventory import Inventory
from inventory.saved import Changes
from inventory.snapshot import CollectorRun, InventoryEvent
from inventory.store import MAX_EVENTS, Store, StoreError
from tests.inventory.builders import (
    LAPTOP,
    OWN,
    PC,
    PRINTER,
    T,
    advertised,
    devices,
    groups,
    interface,
    named,
    new_inventory,
    port,
    seen,
    silent,
)

ROOT = Path(__file__).parents[2]


def opened(path: Path, **more: float) -> Store:
    return Store.open(path, lambda: T, **more)


@contextmanager
def store_at(path: Path) -> Iterator[Store]:
    store = opened(path)
    try:
        yield store
    finally:
        store.close()


def lived() -> Inventory:
    """An inventory with a bit of everything."""
    inventory = new_inventory(first_pass=True)
    inventory.apply(
        [
            interface("eth0", OWN, "10.66.7.2/24", "fe80::216:3eff:fe00:2/64"),
            seen(PRINTER, "10.66.7.9"),
            groups(PRINTER, "ff02::1:ff00:9", "ff02::1:ffaa:aaaa", address="fe80::9"),
            named("printer-2f.local", "mdns", address="10.66.7.9"),
            port("10.66.7.9", 631, name="ipp"),
            advertised(),
            *(seen(mac, "10.66.7.10", at) for at in (T, T + 1) for mac in (PC, LAPTOP)),
            *(silent("10.66.7.9", T + 15 * n, mac=PRINTER) for n in range(1, 4)),
        ]
    )  # fmt: skip
    inventory.record_run(CollectorRun("arp", "ok", None, 254, 3, 0.4, T + 1))
    return inventory


def same(before: Inventory, after: Inventory, now: float) -> None:
    was, is_now = before.snapshot(now), after.snapshot(now)
    assert is_now.devices == was.devices
    assert is_now.events_total == was.events_total
    assert is_now.runs == was.runs
    assert is_now.host == was.host
    assert [(n.id, n.routers, n.duplicates) for n in is_now.networks] == [
        (n.id, n.routers, n.duplicates) for n in was.networks
    ]
    for device in was.devices:
        assert after.decisions(device.id) == before.decisions(device.id)


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    before = lived()
    assert len(before.snapshot(T + 60).devices) == 5
    with store_at(path) as store:
        store.commit(before.take_changes())
        store.set_last_run("discovery", T + 1)
    with store_at(path) as store:
        saved = store.load()
        after = new_inventory(saved, first_pass=True)
        same(before, after, T + 60)
        assert after.recent_events() == before.recent_events()
        assert store.last_run("discovery") == T + 1
        assert store.last_run("report") is None
    printer = devices(after, T + 60)[PRINTER]
    assert (printer.missed, printer.missed_total, printer.groups_unseen) == (3, 3, 1)
    assert [d.address for n in after.snapshot(T + 60).networks for d in n.duplicates] == [
        "10.66.7.10"
    ]


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    before = lived()
    number = before.snapshot(T + 60).number
    with store_at(path) as store:
        store.commit(before.take_changes())
        after = new_inventory(store.load(), first_pass=True)
    after.apply([seen("00:1c:73:00:00:99", "10.66.7.99", T + 61)])
    assert after.snapshot(T + 61).number > number
    newest, previous = after.recent_events(2)
    assert newest.number == previous.number + 1


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    inventory = lived()
    with store_at(tmp_path / "lanwarden.db") as store:
        store.commit(inventory.take_changes())
        inventory.apply([named("new", "dhcp", T + 20, mac=PC)])
        changes = inventory.take_changes()
        assert [d.name for d in changes.devices] == ["new"]
        store.commit(changes)
        store.commit(Changes())
        assert len(store.load().devices) == 5


def test_absorbed_devices_leave_the_store(tmp_path: Path) -> None:
    inventory = new_inventory()
    other = "00:16:3e:00:00:03"
    inventory.apply([interface("eth0", OWN, "10.66.7.2/24"), seen(other, "10.66.7.3")])
    with store_at(tmp_path / "lanwarden.db") as store:
        store.commit(inventory.take_changes())
        assert len(store.load().devices) == 2
        inventory.apply([interface("eth1", other, "10.66.7.3/24", at=T + 1)])
        store.commit(inventory.take_changes())
        (left,) = store.load().devices
    assert left.macs == [OWN, other]


def test_events_are_listed_newest_first_and_bounded(tmp_path: Path) -> None:
    def event(number: int) -> InventoryEvent:
        return InventoryEvent(number, T + number, "silent", "d-x", "net-eth0", f"event {number}")

    with store_at(tmp_path / "lanwarden.db") as store:
        store.commit(Changes(events=tuple(map(event, range(1, 11)))))
        assert [e.number for e in store.events(3)] == [10, 9, 8]
        assert [e.number for e in store.events(since=T + 9)] == [10, 9]
        assert store.events(0) == store.events(-1) == ()
        store.commit(Changes(events=(event(MAX_EVENTS + 5),)))
        assert [e.number for e in store.events()] == [MAX_EVENTS + 5, 10, 9, 8, 7, 6]


def test_a_reader_beside_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    inventory = lived()
    with store_at(path) as store:
        store.commit(inventory.take_changes())
        reader = Store.open_readonly(path)
        assert len(reader.load().devices) == 5
        inventory.apply([seen("00:1c:73:00:00:99", "10.66.7.99", T + 5)])
        store.commit(inventory.take_changes())
        assert len(reader.load().devices) == 6
        with pytest.raises(StoreError, match="cannot be written"):
            reader.set_last_run("x", T)
        reader.close()


def test_nothing_to_read_yet(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no inventory yet"):
        Store.open_readonly(tmp_path / "lanwarden.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="no inventory yet"):
        Store.open_readonly(tmp_path / "empty.db")


def test_the_file_is_not_for_everybody(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    with store_at(path):
        assert path.stat().st_mode & 0o007 == 0


# -- trouble -----------------------------------------------------------------------------------


def test_locked(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    inventory = lived()
    store = opened(path, busy_timeout_s=0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    changes = inventory.take_changes()
    with pytest.raises(StoreError, match="another process holds it"):
        store.commit(changes)
    with pytest.raises(StoreError, match="another process holds it"):
        opened(path, busy_timeout_s=0.01)
    other.execute("ROLLBACK")
    other.close()
    inventory.restore_changes(changes)
    store.commit(inventory.take_changes())
    same(inventory, new_inventory(store.load(), first_pass=True), T + 60)
    store.close()


def test_full(tmp_path: Path) -> None:
    inventory = new_inventory()
    with store_at(tmp_path / "lanwarden.db") as store:
        inventory.apply([seen(PRINTER, "10.66.7.9")])
        store.commit(inventory.take_changes())
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        inventory.apply(seen(f"00:1c:73:01:00:{n:02x}", f"10.66.7.{n}") for n in range(10, 200))
        changes = inventory.take_changes()
        with pytest.raises(StoreError, match=r"disk is full.*SQLITE_FULL"):
            store.commit(changes)
        assert len(store.load().devices) == 1
        store._connection.execute("PRAGMA max_page_count = 100000")
        inventory.restore_changes(changes)
        store.commit(inventory.take_changes())
        assert len(store.load().devices) == 191
        same(inventory, new_inventory(store.load(), first_pass=True), T)


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The operating system refuses the bytes, in the middle of a commit."""
    inventory = new_inventory()
    with store_at(tmp_path / "lanwarden.db") as store:
        inventory.apply([seen(PRINTER, "10.66.7.9")])
        store.commit(inventory.take_changes())
        inventory.apply(
            seen(f"00:1c:73:{n >> 8:02x}:00:{n & 255:02x}", f"10.66.{n >> 8}.{n & 255 or 1}")
            for n in range(3000)
        )
        changes = inventory.take_changes()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        try:
            with pytest.raises(StoreError, match=r"lanwarden\.db: the disk"):
                store.commit(changes)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert len(store.load().devices) == 1
        inventory.restore_changes(changes)
        store.commit(inventory.take_changes())
        assert len(store.load().devices) == len(inventory.snapshot(T).devices)


def test_a_connection_that_became_read_only(tmp_path: Path) -> None:
    inventory = lived()
    with store_at(tmp_path / "lanwarden.db") as store:
        store._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="cannot be written; check owner and mode"):
            store.commit(inventory.take_changes())


def test_no_right_to_write(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    with store_at(path) as store:
        store.commit(lived().take_changes())
    script = """
        import os, sys
        from pathlib import Path
        from inventory.store import Store, StoreError
        list(__import__("inventory.store").store._migrations())
        path = Path(sys.argv[1])
        os.chdir(path.parent)
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
        try:
            Store.open(Path(path.name), lambda: 0.0)
        except StoreError as error:
            print(error)
    """
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        result = python(script, str(path))
    finally:
        tmp_path.chmod(0o755)
    assert result.stdout.strip() == (
        "lanwarden.db: Permission denied; check owner and mode of the file and its directory"
    ), result.stderr


@pytest.mark.parametrize("where", ["missing/lanwarden.db", "."], ids=["no-directory", "directory"])
def test_a_path_that_cannot_be(tmp_path: Path, where: str) -> None:
    with pytest.raises(StoreError, match=r"does not exist|is a directory"):
        opened(tmp_path / where)


def spoil_header(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 1000)


def spoil_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 4] = b"\xa5" * (4096 * 2)
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 3000)


@pytest.mark.parametrize("spoil", [spoil_header, spoil_page, cut_short])
def test_damage_is_moved_aside_and_said(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "lanwarden.db"
    inventory = lived()
    inventory.apply(seen(f"00:1c:73:01:00:{n:02x}", f"10.66.7.{n}") for n in range(10, 200))
    with store_at(path) as store:
        store.commit(inventory.take_changes())
    spoil(path)  # type: ignore[operator]
    damaged = path.read_bytes()
    with pytest.raises(StoreError, match="is damaged"):
        Store.open_readonly(path)
    with store_at(path) as store:
        saved = store.load()
        assert saved.devices == ()
        assert "lanwarden.db.corrupt-20251009T085320" in store.renewed
        after = new_inventory(saved)
        store.commit(after.take_changes())
        assert [e.kind for e in store.events()] == ["store_renewed"]
    assert (tmp_path / "lanwarden.db.corrupt-20251009T085320").read_bytes() == damaged
    with store_at(path) as store:
        assert store.renewed == ""
    spoil_header(path)
    with store_at(path) as store:
        assert "corrupt-20251009T085320-2" in store.renewed


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    with store_at(path) as store:
        store._connection.execute("PRAGMA user_version = 99")
    for attempt in (opened, Store.open_readonly):
        with pytest.raises(StoreError, match=r"newer lanwarden .schema 99, this one knows [0-9]+"):
            attempt(path)
    assert list(tmp_path.glob("*corrupt*")) == []


def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(StoreError, match="belongs to another program"):
        opened(path)


def test_rows_that_cannot_be_read_are_counted_and_left_out(tmp_path: Path) -> None:
    with store_at(tmp_path / "lanwarden.db") as store:
        store.commit(lived().take_changes())
        store._connection.execute(
            "UPDATE devices SET record = '{}' WHERE id = (SELECT min(id) FROM devices)"
        )
        store._connection.execute("UPDATE networks SET record = 'x'")
        saved = store.load()
        assert (len(saved.devices), saved.networks, store.unreadable) == (4, (), 2)
        new_inventory(saved).snapshot(T)


def test_a_failed_commit_leaves_nothing_half_written(tmp_path: Path) -> None:
    inventory = lived()
    with store_at(tmp_path / "lanwarden.db") as store:
        store._connection.execute("DROP TABLE runs")
        with pytest.raises(StoreError, match="no such table: runs"):
            store.commit(inventory.take_changes())
        assert store._connection.execute("SELECT count(*) FROM devices").fetchone() == (0,)
        assert not store._connection.in_transaction


def python(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


WRITER = """
    import sys
    from pathlib import Path
    from inventory.inventory import Inventory, Settings
    from inventory.store import Store
    from collectors.observation import AddressSeen, NameSeen

    store = Store.open(Path(sys.argv[1]), lambda: 0.0)
    inventory = Inventory(Settings("stc"), lambda mac: "", store.load())
    macs = [f"00:1b:a9:00:{n >> 8:02x}:{n & 255:02x}" for n in range(1500)]
    for generation in range(int(sys.argv[2]), 10**6):
        at = 1e9 + generation
        inventory.apply(
            NameSeen(at=at, source="dhcp", name=f"generation-{generation}", mac=mac)
            for mac in macs
        )
        inventory.apply(
            AddressSeen(at=at, source="t", mac=mac, address=f"10.1.{n >> 8}.{n & 255 or 1}",
                        how="arp_reply")
            for n, mac in enumerate(macs)
        )
        changes = inventory.take_changes()
        print("begin", generation, flush=True)
        store.commit(changes)
        print("end", generation, flush=True)
"""


def test_kill_in_the_middle_of_a_commit_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    last = -1
    for attempt in range(4):
        command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path), str(last + 1)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            begun = -1
            for line in writer.stdout:
                word, number = line.split()
                begun = int(number)
                if word == "begin" and begun >= last + 3 + attempt:
                    writer.send_signal(signal.SIGKILL)
                    break
        with store_at(path) as store:
            assert store.renewed == ""
            records = store.load().devices
        assert len(records) == 1500
        named_so = {record.name for record in records} - {""}
        assert len(named_so) == 1, "a commit was torn"
        last = int(named_so.pop().removeprefix("generation-"))
        assert last in (begun - 1, begun)
