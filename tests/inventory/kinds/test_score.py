import pytest

from inventory.kinds.rules import Place, table
from inventory.kinds.score import ENOUGH, MAX_REASONS, MOST, Guess, Pairs, guess
from inventory.snapshot import Registered
from inventory.vendor import vendor_of


def vendor(name: str, *more: tuple[Place, str]) -> Pairs:
    return (("vendor", name), *more)


def ports(*numbers: int) -> Pairs:
    return tuple(("tcp", str(number)) for number in numbers)


def names(*given: str) -> Pairs:
    return tuple(("name", name) for name in given)


def judged(pairs: Pairs, registered: Registered | None = None) -> Guess:
    return guess(pairs, table(), registered)


GATEWAY: Pairs = (("role", "gateway"),)
ADVERTISES: Pairs = (("role", "advertises"),)
# What the maker's routers, switches and access points all show.
ROUTEROS: Pairs = (
    ("vendor", "Routerboard.com"),
    ("title", "RouterOS router configuration page"),
    ("ssh", "SSH-2.0-ROSSSH"),
    ("banner", "220 hex FTP server (MikroTik 6.49.10) ready"),
    *ports(21, 22, 80, 8291),
)


@pytest.mark.parametrize(
    ("pairs", "kind"),
    [
        pytest.param((), "unknown", id="nothing"),
        pytest.param(vendor("Brother industries, LTD."), "printer", id="printer-vendor"),
        pytest.param(ports(9100, 631, 80), "printer", id="printer-ports"),
        pytest.param(
            vendor("Hangzhou Hikvision Digital Technology Co.,Ltd."), "camera", id="camera"
        ),
        pytest.param(ports(554, 80), "camera", id="rtsp"),
        pytest.param(vendor("Synology Incorporated"), "nas", id="nas"),
        pytest.param(
            vendor("AMERICAN POWER CONVERSION CORP", *ports(80)), "ups", id="ups"
        ),
        pytest.param(vendor("Fortinet, Inc.", *GATEWAY), "firewall", id="firewall-as-gateway"),
        pytest.param(vendor("Cisco Systems, Inc"), "unknown", id="cisco-makes-everything"),
        pytest.param(
            vendor("Cisco Systems, Inc", *ADVERTISES, *GATEWAY), "router", id="cisco-router"
        ),
        pytest.param(ADVERTISES, "router", id="advertises"),
        pytest.param(GATEWAY, "router", id="gateway"),
        pytest.param((("group", "ff02::2"),), "unknown", id="forwarding-host-is-no-router-yet"),
        pytest.param((("dhcp", "MSFT 5.0"),), "workstation", id="windows"),
        pytest.param((("dhcp", "android-dhcp-14"),), "phone", id="android"),
        pytest.param(ports(135, 445, 3389), "workstation", id="windows-ports"),
        pytest.param(ports(88, 389, 53, 135, 445), "server", id="domain-controller"),
        pytest.param(ports(22, 80, 443), "unknown", id="web-and-ssh-say-little"),
        pytest.param(names("printer-2f.local"), "printer", id="printer-name"),
        pytest.param(names("BRN001BA9000009"), "printer", id="brother-name"),
        pytest.param(names("DESKTOP-7AB12C1"), "workstation", id="windows-name"),
        pytest.param(names("Nguyens-iPhone"), "phone", id="phone-name"),
        pytest.param(
            (("snmp", "HP ETHERNET MULTI-ENVIRONMENT, JETDIRECT"),), "printer", id="sysdescr"
        ),
        pytest.param((("role", "random_mac"),), "unknown", id="random-mac-alone"),
        pytest.param(vendor("Espressif Inc."), "iot", id="iot"),
        pytest.param(
            vendor("Dell Inc.", *ports(135, 445), *names("laptop-it.stc.example")), "laptop",
            id="what-the-officer-calls-it-outweighs-ports",
        ),
        pytest.param(
            vendor("Dell Inc.", *ports(135, 445), *names("srv-files.stc.example")), "server",
            id="file-server",
        ),
        pytest.param(
            vendor("Espressif Inc.", *names("sensor-server-room.local")), "iot", id="server-room"
        ),
        pytest.param(
            vendor("Routerboard.com", *ports(8291), *names("ap-lobby.stc.example")),
            "access_point", id="a-router-makers-access-point",
        ),
        pytest.param(
            (*ROUTEROS, *names("ap-lobby.stc.example")), "access_point",
            id="one-system-said-five-times-is-no-five-signs",
        ),
        pytest.param(ROUTEROS, "router", id="routeros-and-nothing-else"),
        pytest.param((*ROUTEROS, ("lldp", "access_point")), "access_point", id="routeros-lldp"),
        pytest.param((*ROUTEROS, *GATEWAY, *ADVERTISES), "router", id="routeros-gateway"),
        pytest.param(
            (*ROUTEROS, ("snmp", "RouterOS CRS326-24G-2S+")), "switch", id="routeros-switch"
        ),
        pytest.param(ports(8006, 22), "hypervisor", id="proxmox"),
        pytest.param(vendor("Intel Corporate"), "unknown", id="network-card-maker-says-little"),
        pytest.param(
            (("name", "x" * 100_000 + "printer"), ("banner", "A" * 100_000)), "unknown",
            id="long-texts-are-clipped",
        ),
        pytest.param(
            (("dhcp", "MSFT 5.0"), *ADVERTISES, *GATEWAY), "workstation",
            id="a-pc-that-shares-its-connection-is-no-router",
        ),
        pytest.param(
            (*ports(135, 445, 515, 631), ("dhcp", "MSFT 5.0")), "workstation",
            id="a-pc-that-shares-a-printer-is-none",
        ),
        pytest.param(
            (("vendor", "Brother industries, LTD."), ("dhcp", "MSFT 5.0"), ("wsd", "computer")),
            "workstation", id="two-say-pc-one-says-printer",
        ),
        pytest.param(
            (("snmp", "Smart UPS 1500"), ("dhcp", "Hewlett-Packard JetDirect")), "unknown",
            id="strong-words-against-each-other",
        ),
    ],
)  # fmt: skip
def test_guess(pairs: Pairs, kind: str) -> None:
    found = judged(pairs)
    assert found.kind == kind
    if kind == "unknown":
        assert found.confidence == 0.0
    else:
        assert ENOUGH <= found.confidence <= MOST


def test_more_evidence_is_surer() -> None:
    alone = judged(vendor("Brother industries, LTD."))
    both = judged(vendor("Brother industries, LTD.", *ports(9100)))
    assert alone.confidence < both.confidence <= MOST


def test_evidence_of_one_origin_counts_once() -> None:
    once = judged(names("printer-a"))
    thrice = judged(names("printer-a", "prn-b", "mayin-c"))
    assert (thrice.kind, thrice.confidence) == (once.kind, once.confidence)
    assert len(thrice.reasons) == len(once.reasons) == 1


def test_evidence_for_another_kind_lowers_confidence() -> None:
    alone = judged(vendor("Brother industries, LTD."))
    doubted = judged(vendor("Brother industries, LTD.", ("tcp", "3306")))
    assert doubted.kind == "printer"
    assert doubted.confidence < alone.confidence


def test_reasons_are_quoted_strongest_first_and_bounded() -> None:
    found = judged(
        (
            *ports(22, 80, 135, 443, 445, 631, 3389, 9100),
            ("dhcp", "MSFT 5.0"), ("vendor", "Dell Inc."), ("wsd", "computer"),
            ("group", "ff02::1:3"), ("group", "ff02::2"), ("name", "srv-1"),
            ("ssh", "SSH-2.0-OpenSSH_for_Windows_8.1"), ("title", "IIS Windows Server"),
            ("http_server", "Microsoft-IIS/10.0"), ("role", "random_mac"),
        )
    )  # fmt: skip
    assert len(found.reasons) == MAX_REASONS
    weights = [reason.weight for reason in found.reasons]
    assert weights == sorted(weights, reverse=True)
    assert all(reason.rule and reason.evidence for reason in found.reasons)
    (dhcp,) = [reason for reason in found.reasons if reason.rule == "dhcp.windows"]
    assert dhcp.evidence == "DHCP vendor class “MSFT 5.0”"


def test_a_long_text_is_quoted_in_part() -> None:
    (reason,) = judged((("snmp", "HP JETDIRECT " + "x" * 500),)).reasons
    assert len(reason.evidence) < 120
    assert reason.evidence.endswith("…”")


def test_unknown_still_says_what_was_seen() -> None:
    found = judged(ports(22))
    assert found.kind == "unknown"
    assert [reason.rule for reason in found.reasons] == ["tcp.22"]


def test_the_register_decides() -> None:
    found = judged(vendor("Brother industries, LTD."), Registered(row=7, kind="server"))
    assert (found.kind, found.confidence) == ("server", 1.0)
    assert found.reasons[0].rule == "register"
    assert found.reasons[0].evidence == "row 7 of the register says server"
    assert [reason.kind for reason in found.reasons[1:]] == ["printer"]


def test_a_row_without_a_kind_decides_nothing() -> None:
    found = judged(vendor("Brother industries, LTD."), Registered(row=7, name="may-in"))
    assert (found.kind, found.confidence) == ("printer", 0.75)


@pytest.mark.parametrize(
    ("pairs", "os"),
    [
        pytest.param((("dhcp", "MSFT 5.0"),), "Windows", id="windows"),
        pytest.param((("title", "IIS Windows Server"),), "Windows Server", id="server"),
        pytest.param((("txt", "model=iPad13,1"),), "iPadOS", id="ipad"),
        pytest.param(ports(22), "", id="nothing-says-so"),
    ],
)
def test_system(pairs: Pairs, os: str) -> None:
    assert judged(pairs).os == os


@pytest.mark.parametrize(
    ("mac", "kind"),
    [
        pytest.param("00:1b:a9:00:00:09", "printer", id="brother"),
        pytest.param("00:11:32:00:00:01", "nas", id="synology"),
        pytest.param("00:40:8c:00:00:01", "camera", id="axis"),
        pytest.param("00:c0:b7:00:00:01", "ups", id="apc"),
        pytest.param("00:0c:42:00:00:01", "router", id="mikrotik"),
        pytest.param("00:09:0f:00:00:01", "firewall", id="fortinet"),
        pytest.param("00:0c:29:00:00:01", "virtual_machine", id="vmware"),
    ],
)
def test_vendors_are_spelt_as_the_registry_spells_them(mac: str, kind: str) -> None:
    assert judged((("vendor", vendor_of(mac)),)).kind == kind
