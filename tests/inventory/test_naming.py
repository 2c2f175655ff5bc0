import pytest

from inventory.naming import add, best, is_meaningless, usable, why
from inventory.record import MAX_NAMES, NameRecord
from tests.inventory.builders import DAY, PRINTER, T, devices, kinds, named, new_inventory, seen


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("printer-2f.local.", "printer-2f.local"),
        ("  pc-7 ", "pc-7"),
        ("máy-in-tầng-2", "máy-in-tầng-2"),
        ("localhost", ""),
        ("LOCALHOST.localdomain", ""),
        ("", ""),
        (".", ""),
        ("10.66.7.9", ""),
        ("fe80::1", ""),
    ],
)
def test_usable(name: str, expected: str) -> None:
    assert usable(name) == expected


Given = list[tuple[str, str, float]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([], "", id="none"),
        pytest.param(
            [("A-PC", "dhcp", 0), ("a", "nbns", 1), ("a.local", "mdns", 2), ("a.stc", "rdns", 3)],
            "a.stc",
            id="dns-first",
        ),
        pytest.param(
            [("A-PC", "dhcp", 0), ("a", "nbns", 1), ("a.local", "mdns", 2)], "a.local", id="mdns"
        ),
        pytest.param([("A-PC", "dhcp", 0), ("a", "nbns", 1)], "a", id="nbns"),
        pytest.param([("x", "future", 0), ("A-PC", "dhcp", 1)], "A-PC", id="unknown-source-last"),
        pytest.param([("Kế toán", "register", 0), ("a.stc", "rdns", 3)], "Kế toán", id="register"),
        pytest.param([("a", "nbns", 0), ("b", "nbns", 1)], "b", id="netbios-has-one-name"),
        pytest.param([("a", "dhcp", 0), ("b", "dhcp", 1)], "b", id="dhcp-has-one-name"),
        pytest.param(
            [("a.local", "mdns", 0), ("b.local", "mdns", 1), ("a.local", "mdns", 2)],
            "a.local",
            id="two-at-once-do-not-alternate",
        ),
        pytest.param(
            [("a.local", "mdns", 0), ("b.local", "mdns", 1000), ("b.local", "mdns", 3000)],
            "b.local",
            id="a-name-that-is-heard-no-more",
        ),
    ],
)
def test_best(given: Given, expected: str) -> None:
    names: list[NameRecord] = []
    shown = ""
    for name, source, after in given:
        add(names, name, source, "", T + after)
        shown = best(names, shown)
    assert shown == expected


def test_reverse_names_of_one_address_replace_each_other() -> None:
    names: list[NameRecord] = []
    add(names, "old.stc", "rdns", "10.66.7.9", T)
    add(names, "new.stc", "rdns", "10.66.7.9", T + 1)
    add(names, "six.stc", "rdns", "2001:db8::9", T + 2)
    assert [known.name for known in names] == ["new.stc", "six.stc"]


def test_names_are_bounded_and_the_least_trusted_go_first() -> None:
    names: list[NameRecord] = []
    add(names, "a.stc", "rdns", "10.66.7.9", T)
    add(names, "A", "dhcp", "", T)
    for number in range(100):
        add(names, f"n{number}.local", "mdns", "", T + number)
    assert len(names) == MAX_NAMES
    assert names[0].name == "a.stc"
    assert names[-1].name == "n99.local"
    assert "dhcp" not in {known.source for known in names}


def test_repeating_a_name_is_no_change() -> None:
    names: list[NameRecord] = []
    assert add(names, "a", "dhcp", "", T)
    assert not add(names, "a", "dhcp", "", T + 5)
    assert add(names, "a", "dhcp", "", T + 60)


def test_a_name_by_address_and_by_mac() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            seen(PRINTER, "10.66.7.9"),
            named("printer-2f.local", "mdns", address="10.66.7.9"),
            named("BRN001BA9000009", "dhcp", mac=PRINTER),
            named("nobody.local", "mdns", address="10.66.7.77"),
        ]
    )
    device = devices(inventory)[PRINTER]
    assert device.name == "printer-2f.local"
    assert [(n.name, n.source) for n in device.names] == [
        ("printer-2f.local", "mdns"),
        ("BRN001BA9000009", "dhcp"),
    ]
    assert inventory.skipped["unknown_device"] == 1


@pytest.mark.parametrize(
    ("after", "events"),
    [pytest.param(10.0, 0, id="while-settling"), pytest.param(DAY, 1, id="later")],
)
def test_a_new_name_is_an_event_once_the_device_has_settled(after: float, events: int) -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9"), named("old", "dhcp", mac=PRINTER)])
    inventory.apply([named("new", "dhcp", T + after, mac=PRINTER)])
    assert kinds(inventory).count("name_changed") == events
    assert devices(inventory, T + after)[PRINTER].name == "new"


def test_a_better_source_later_is_not_a_rename_of_nothing() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    inventory.apply([named("first", "rdns", T + DAY, address="10.66.7.9")])
    assert "name_changed" not in kinds(inventory)


@pytest.mark.parametrize(
    ("name", "meaningless"),
    [
        ("android-1234", True),
        ("android-2f3a9c1be0d44a17", True),
        ("_ipp._tcp.local", True),
        ("Laser._ipp._tcp.local", True),
        ("5f9c1f36-1e0b-4a4e-9a5c-3c2a66ae9c11.local", True),
        ("001ba9000009", True),
        ("00:1b:a9:00:00:09", True),
        ("10-66-7-9.stc.example", True),
        ("ip-10-66-7-9", True),
        ("dhcp-77.stc.example", True),
        ("12345", True),
        ("(none)", True),
        ("localhost-2", True),
        ("printer-2f.local", False),
        ("BRN001BA9000009", False),
        ("DESKTOP-7AB12CD", False),
        ("android-cua-Lan", False),
        ("host-ke-toan", False),
        ("Kế toán", False),
        ("facade", False),
        ("pc-7", False),
    ],
)
def test_meaningless(name: str, meaningless: bool) -> None:
    assert is_meaningless(name) == meaningless


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            [("10-66-7-9.stc.example", "rdns", 0), ("pc-7", "dhcp", 1)], "pc-7",
            id="an-address-as-a-name",
        ),
        pytest.param(
            [("android-1234.local", "mdns", 0), ("Galaxy-S23", "dhcp", 1)], "Galaxy-S23",
            id="android",
        ),
        pytest.param([("android-1234", "dhcp", 0)], "android-1234", id="better-than-none"),
        pytest.param(
            [("12345", "register", 0), ("pc-7.stc", "rdns", 1)], "12345",
            id="what-the-officer-wrote-stays",
        ),
    ],
)  # fmt: skip
def test_meaningless_names_come_last(given: Given, expected: str) -> None:
    names: list[NameRecord] = []
    shown = ""
    for name, source, after in given:
        add(names, name, source, "", T + after)
        shown = best(names, shown)
    assert shown == expected


@pytest.mark.parametrize(
    ("shown", "names", "expected"),
    [
        pytest.param("", [], "", id="none"),
        pytest.param("pc-7", [("pc-7", "dhcp")], "DHCP gives it", id="only-one"),
        pytest.param(
            "pc-7.stc", [("PC-7", "nbns"), ("pc-7.stc", "rdns"), ("pc-7", "dhcp")],
            "DNS gives it, which is trusted more than NetBIOS and DHCP", id="best-of-three",
        ),
        pytest.param(
            "pc-7", [("10-66-7-9.stc", "rdns"), ("pc-7", "dhcp")],
            "DHCP gives it; what DNS gives was made up by a machine", id="over-a-made-up-one",
        ),
        pytest.param(
            "android-1234", [("android-1234", "dhcp")],
            "DHCP gives it; a machine made it up, and nothing gives a better one", id="made-up",
        ),
    ],
)  # fmt: skip
def test_why(shown: str, names: list[tuple[str, str]], expected: str) -> None:
    assert why(shown, names) == expected
