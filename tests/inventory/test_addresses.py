import pytest

from inventory.addresses import eui64, groups_without_address, parse, solicited_group

MAC = "00:1b:a9:00:00:09"


@pytest.mark.parametrize(
    ("text", "flags", "kind"),
    [
        pytest.param("10.66.7.9", (), "private", id="rfc1918"),
        pytest.param("172.31.255.1", (), "private", id="rfc1918-172"),
        pytest.param("172.32.0.1", (), "public", id="beyond-172"),
        pytest.param("100.64.0.1", (), "private", id="shared"),
        pytest.param("198.51.100.7", (), "public", id="public4"),
        pytest.param("169.254.3.4", (), "link-local", id="link-local4"),
        pytest.param("127.0.0.1", (), "loopback", id="loopback4"),
        pytest.param("fe80::21b:a9ff:fe00:9", (), "link-local", id="link-local-even-if-eui64"),
        pytest.param("fd00::21b:a9ff:fe00:9", (), "unique-local", id="ula-even-if-eui64"),
        pytest.param("2001:db8::21b:a9ff:fe00:9", (), "eui-64", id="eui64-of-its-mac"),
        pytest.param("2001:db8::21b:a9ff:fe00:8", (), "global", id="eui64-of-another-mac"),
        pytest.param("2001:db8::1", ("temporary",), "temporary", id="temporary-first-hand"),
        pytest.param("2001:db8::1", ("stable-privacy",), "stable-privacy", id="stable-first-hand"),
        pytest.param("2001:db8::1", (), "global", id="global-otherwise"),
        pytest.param("::1", (), "loopback", id="loopback6"),
        pytest.param("64:ff9b::1", (), "unknown", id="outside-2000"),
    ],
)
def test_kind(text: str, flags: tuple[str, ...], kind: str) -> None:
    parsed = parse(text, (MAC,), flags)
    assert parsed is not None
    assert (parsed.address, parsed.kind) == (text, kind)
    assert parsed.family == ("ipv6" if ":" in text else "ipv4")


@pytest.mark.parametrize(
    "text",
    ["", "x", "0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1", "::", "ff02::1", "fe80::1%eth0",
     "::ffff:10.0.0.1", "10.66.7.0/24", "1" * 5000, "\ud800"],
    ids=["empty", "word", "unspecified", "this-network", "broadcast", "multicast", "unspecified6",
         "multicast6", "zone", "mapped", "network", "long", "surrogate"],
)  # fmt: skip
def test_no_address_of_a_device(text: str) -> None:
    assert parse(text) is None


def test_text_becomes_canonical() -> None:
    parsed = parse("2001:DB8:0:0::1")
    assert parsed is not None
    assert parsed.address == "2001:db8::1"


def test_eui64_flips_the_universal_bit() -> None:
    assert eui64("2001:db8:66::/64", MAC) == "2001:db8:66:0:21b:a9ff:fe00:9"
    assert eui64("fe80::/64", "02:00:00:00:00:01") == "fe80::ff:fe00:1"


@pytest.mark.parametrize(
    ("reported", "known", "unseen"),
    [
        pytest.param([], ["fe80::1"], 0, id="nothing-reported"),
        pytest.param(["ff02::1:ff00:1"], ["fe80::1"], 0, id="known"),
        pytest.param(["ff02::1:ff00:1", "ff02::1:ffaa:bbcc"], ["fe80::1"], 1, id="one-unseen"),
        pytest.param(["ff02::1:ff00:1"], ["fe80::1", "2001:db8::1"], 0, id="two-share-a-group"),
        pytest.param(["ff02::fb", "ff02::2"], [], 0, id="role-groups-do-not-count"),
        pytest.param(["ff02::1:ff00:1"], ["10.66.7.1"], 1, id="ipv4-does-not-explain"),
    ],
)
def test_groups_without_address(reported: list[str], known: list[str], unseen: int) -> None:
    assert groups_without_address(reported, known) == unseen


def test_solicited_group() -> None:
    assert solicited_group("2001:db8::12:3456:789a") == "ff02::1:ff56:789a"
    assert solicited_group("fe80::1") == "ff02::1:ff00:1"
