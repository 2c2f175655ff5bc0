import pytest

from inventory.kinds import ENOUGH, MOST, Hints, guess
from inventory.vendor import vendor_of


def vendor(name: str, **more: object) -> Hints:
    return Hints(vendor=name, **more)  # type: ignore[arg-type]


def ports(*numbers: int, **more: object) -> Hints:
    return Hints(open_ports=frozenset(numbers), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hints", "kind"),
    [
        pytest.param(Hints(), "unknown", id="nothing"),
        pytest.param(vendor("Brother industries, LTD."), "printer", id="printer-vendor"),
        pytest.param(ports(9100, 631, 80), "printer", id="printer-ports"),
        pytest.param(
            vendor("Hangzhou Hikvision Digital Technology Co.,Ltd."), "camera", id="camera"
        ),
        pytest.param(ports(554, 80), "camera", id="rtsp"),
        pytest.param(vendor("Synology Incorporated"), "nas", id="nas"),
        pytest.param(
            vendor("AMERICAN POWER CONVERSION CORP", open_ports=frozenset({80})), "ups", id="ups"
        ),
        pytest.param(vendor("Fortinet, Inc.", gateway=True), "firewall", id="firewall-as-gateway"),
        pytest.param(vendor("Cisco Systems, Inc"), "switch", id="cisco-alone"),
        pytest.param(
            vendor("Cisco Systems, Inc", advertises=True, gateway=True), "router", id="cisco-router"
        ),
        pytest.param(Hints(advertises=True), "router", id="advertises"),
        pytest.param(Hints(gateway=True), "router", id="gateway"),
        pytest.param(Hints(groups=("ff02::2",)), "unknown", id="forwarding-host-is-no-router-yet"),
        pytest.param(Hints(dhcp_vendor_class="MSFT 5.0"), "workstation", id="windows"),
        pytest.param(Hints(dhcp_vendor_class="android-dhcp-14"), "phone", id="android"),
        pytest.param(ports(135, 445, 3389), "workstation", id="windows-ports"),
        pytest.param(ports(88, 389, 53, 135, 445), "server", id="domain-controller"),
        pytest.param(ports(22, 80, 443), "unknown", id="web-and-ssh-say-little"),
        pytest.param(
            ports(22, 80, banners=("SSH-2.0-OpenSSH_9.2p1 Debian-2",)), "server", id="linux-server"
        ),
        pytest.param(Hints(names=("printer-2f.local",)), "printer", id="printer-name"),
        pytest.param(Hints(names=("BRN001BA9000009",)), "printer", id="brother-name"),
        pytest.param(Hints(names=("DESKTOP-7AB12C",)), "workstation", id="windows-name"),
        pytest.param(Hints(names=("Nguyens-iPhone",)), "phone", id="phone-name"),
        pytest.param(
            Hints(descriptions=("HP ETHERNET MULTI-ENVIRONMENT, JETDIRECT",)), "printer",
            id="sysdescr",
        ),
        pytest.param(Hints(random_mac=True), "unknown", id="random-mac-alone"),
        pytest.param(vendor("Espressif Inc."), "iot", id="iot"),
        pytest.param(
            ports(135, 445, names=("laptop-it.stc.example",), vendor="Dell Inc."), "laptop",
            id="what-the-officer-calls-it-outweighs-ports",
        ),
        pytest.param(
            ports(135, 445, names=("srv-files.stc.example",), vendor="Dell Inc."), "server",
            id="file-server",
        ),
        pytest.param(
            vendor("Espressif Inc.", names=("sensor-server-room.local",)), "iot", id="server-room"
        ),
        pytest.param(
            ports(8291, names=("ap-lobby.stc.example",), vendor="Routerboard.com"), "access_point",
            id="a-router-makers-access-point",
        ),
        pytest.param(ports(8006, 22), "hypervisor", id="proxmox"),
        pytest.param(vendor("Intel Corporate"), "unknown", id="network-card-maker-says-little"),
        pytest.param(
            Hints(names=("x" * 100_000 + "printer",), banners=("A" * 100_000,)), "unknown",
            id="long-texts-are-clipped",
        ),
    ],
)  # fmt: skip
def test_guess(hints: Hints, kind: str) -> None:
    guessed, sure = guess(hints)
    assert guessed == kind
    assert (sure == 0.0) if kind == "unknown" else (ENOUGH <= sure <= MOST)


def test_more_evidence_is_surer() -> None:
    alone = guess(vendor("Brother industries, LTD."))[1]
    both = guess(vendor("Brother industries, LTD.", open_ports=frozenset({9100})))[1]
    assert alone < both <= MOST


def test_a_row_counts_once_however_many_texts_fit() -> None:
    once = guess(Hints(names=("printer-a",)))
    assert guess(Hints(names=("printer-a", "printer-b", "printer-c"))) == once


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
    assert guess(Hints(vendor=vendor_of(mac)))[0] == kind
