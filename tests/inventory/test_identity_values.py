"""What a mark says of whom."""

import pytest

from inventory import identity_values as values
from inventory.traits import (
    Mark,
    MarkKind,
)

MAC = "00:1c:73:00:07:01"


@pytest.mark.parametrize(
    ("kind", "value", "key"),
    [
        pytest.param("serial", "CZ17-230 ABX", "cz17230abx", id="serial"),
        pytest.param("serial", "To be filled by O.E.M.", None, id="serial-oem"),
        pytest.param("serial", "Default string", None, id="serial-default"),
        pytest.param("serial", "0000000000", None, id="serial-zeros"),
        pytest.param("serial", "0123456789", None, id="serial-digits"),
        pytest.param("serial", "12", None, id="serial-short"),
        pytest.param("serial", "", None, id="serial-empty"),
        pytest.param("uuid", "uuid:E3248000-80CE-11DB-8000-001c73000701",
                     "e324800080ce11db8000001c73000701", id="uuid"),
        pytest.param("uuid", "00000000-0000-0000-0000-000000000000", None, id="uuid-nil"),
        pytest.param("uuid", "03000200-0400-0500-0006-000700080009", None, id="uuid-board"),
        pytest.param("uuid", "not a uuid", None, id="uuid-text"),
        pytest.param("engine_id", "8000000903001c73000701", "8000000903001c73000701",
                     id="engine-mac"),
        pytest.param("engine_id", "8000000903000000000000", None, id="engine-zero-mac"),
        pytest.param("engine_id", "80001f8880a1b2c3d4e5f60718", "80001f8880a1b2c3d4e5f60718",
                     id="engine-random"),
        pytest.param("engine_id", "8000000001c0a80001", None, id="engine-ipv4"),
        pytest.param("engine_id", "80000000047075626c6963", None, id="engine-text"),
        pytest.param("engine_id", "80000000", None, id="engine-short"),
        pytest.param("engine_id", "80" * 33, None, id="engine-long"),
        pytest.param("engine_id", "zz", None, id="engine-nonsense"),
        pytest.param("duid", "000100012c0ffee1001c73000701", "000100012c0ffee1001c73000701",
                     id="duid-llt"),
        pytest.param("duid", "00030001000000000000", None, id="duid-ll-zero"),
        pytest.param("duid", "xyz", None, id="duid-nonsense"),
        pytest.param("dhcp_client_id", "01001c73000701", None, id="client-mac"),
        pytest.param("dhcp_client_id", "00" + "4c4c4544003510428035b7c04f4d3232",
                     "004c4c4544003510428035b7c04f4d3232", id="client-board"),
        pytest.param("dhcp_client_id", "007063", None, id="client-short"),
        pytest.param("dhcp_client_id", "", None, id="client-empty"),
        pytest.param("chassis", MAC.upper(), MAC, id="chassis"),
        pytest.param("chassis", "00:00:5e:00:01:01", None, id="chassis-vrrp"),
        pytest.param("ssh_key", "SHA256:x", "SHA256:x", id="ssh"),
        pytest.param("mdns_name", "x", None, id="name"),
    ],
)  # fmt: skip
def test_what_a_value_is_compared_by(kind: MarkKind, value: str, key: str | None) -> None:
    assert values.key(Mark(kind, value)) == (None if key is None else (kind, key))


def test_an_identifier_with_a_duid_is_that_duid() -> None:
    client = values.key(Mark("dhcp_client_id", "ff00000001" + "000100012c0ffee1001c73000701"))
    assert client == ("duid", "000100012c0ffee1001c73000701")


@pytest.mark.parametrize(
    ("kind", "value", "mac"),
    [
        ("engine_id", "8000000903001c73000701", MAC),
        ("engine_id", "80001f8880a1b2c3d4e5f60718", ""),
        ("uuid", "e324800080ce11db8000001c73000701", MAC),
        ("duid", "000100012c0ffee1001c73000701", MAC),
        ("duid", "00030001001c73000701", MAC),
        ("duid", "0004aabbccddeeff00112233445566778899", ""),
        ("chassis", MAC, MAC),
        ("chassis", "sw-core", ""),
        ("serial", "001c73000701", ""),
    ],
)
def test_which_card_a_value_was_made_from(kind: str, value: str, mac: str) -> None:
    assert values.rooted_in(kind, value) == mac


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Kho-Bac.local", "kho-bac"),
        ("PC-KETOAN-03", "pc-ketoan-03"),
        ("pc07", "pc07"),
        ("DESKTOP-4F2K9QX", "desktop-4f2k9qx"),
        ("Hoas-iPhone.local.", "hoas-iphone"),
        ("iPhone", ""),
        ("iPhone-2.local", ""),
        ("android", ""),
        ("Android.local", ""),
        ("android-dhcp-13", ""),
        ("Galaxy-A52", ""),
        ("Redmi Note 9", ""),
        ("localhost", ""),
        ("ubuntu", ""),
        ("ubuntu-2", ""),
        ("DESKTOP", ""),
        ("x", ""),
        ("", ""),
    ],
)
def test_names_that_many_bear_are_nobodys(name: str, folded: str) -> None:
    assert values.folded(name) == folded


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [(MAC, "00:1c:73:00:07:0c", True), (MAC, "00:1c:73:00:07:60", False),
     ("02:00:00:00:00:01", "02:00:00:00:00:02", False)],
)  # fmt: skip
def test_macs_of_one_block_are_near(one: str, other: str, near: bool) -> None:
    assert values.are_near(one, other, 16) is near
