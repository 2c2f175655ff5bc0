"""Discovery codecs and captures against an independent implementation."""

from pathlib import Path

import pytest
from scapy.contrib.cdp import CDPMsgDeviceID, CDPMsgPlatform, CDPMsgPortID, CDPv2_HDR
from scapy.contrib.lldp import (
    LLDPDUChassisID,
    LLDPDUEndOfLLDPDU,
    LLDPDUPortID,
    LLDPDUSystemName,
    LLDPDUTimeToLive,
)
from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_RelayForward,
    DHCP6_Solicit,
    DHCP6OptClientFQDN,
    DHCP6OptClientId,
    DHCP6OptElapsedTime,
    DHCP6OptIA_NA,
    DHCP6OptOptReq,
    DHCP6OptRelayMsg,
)
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import LLC, SNAP, STP, CookedLinux, CookedLinuxV2, Dot3, Ether
from scapy.layers.vrrp import VRRP, VRRPv3
from scapy.packet import Packet, Raw
from scapy.utils import PcapNgWriter, PcapWriter

from collectors.wire import (
    capture,
    cdp,
    dhcpv6,
    frame,
    linux_cooked,
    lldp,
    pcap,
    stp,
    vrrp,
)

MAC_TEXT, MAC = "00:1b:a9:00:00:09", bytes.fromhex("001ba9000009")
LOCAL = "fe80::21b:a9ff:fe00:9"


def decoded(packet: Packet) -> object:
    return frame.decode(bytes(packet)).payload


def test_dhcpv6() -> None:
    solicit = (
        DHCP6_Solicit(trid=0xA1B2C3)
        / DHCP6OptClientId(duid=DUID_LL(lladdr=MAC_TEXT))
        / DHCP6OptIA_NA(iaid=7, T1=1, T2=2)
        / DHCP6OptOptReq(reqopts=[23, 24])
        / DHCP6OptElapsedTime(elapsedtime=5)
        / DHCP6OptClientFQDN(fqdn="pc.example.", flags=0)
    )
    lower = Ether(src=MAC_TEXT, dst="33:33:00:01:00:02") / IPv6(src=LOCAL, dst="ff02::1:2")
    message = decoded(lower / UDP(sport=546, dport=547) / solicit)
    assert message == dhcpv6.Message(
        dhcpv6.SOLICIT,
        0xA1B2C3,
        bytes.fromhex("00030001") + MAC,
        associations=(dhcpv6.Association(7, 1, 2),),
        requested=(23, 24),
        elapsed_cs=5,
        fqdn=b"pc.example",
        option_codes=(1, 3, 6, 8, 39),
    )
    relay = DHCP6_RelayForward(hopcount=1, linkaddr="2001:db8::1", peeraddr=LOCAL)
    relayed = decoded(lower / UDP(sport=547, dport=547) / relay / DHCP6OptRelayMsg(message=solicit))
    assert isinstance(relayed, dhcpv6.Relayed)
    assert relayed.message == message


def test_lldp() -> None:
    packet = Ether(src=MAC_TEXT, dst="01:80:c2:00:00:0e", type=0x88CC) / (
        LLDPDUChassisID(subtype=4, id=MAC_TEXT)
        / LLDPDUPortID(subtype=5, id="Gi0/1")
        / LLDPDUTimeToLive(ttl=120)
        / LLDPDUSystemName(system_name="sw-2")
        / LLDPDUEndOfLLDPDU()
    )
    expected = lldp.Lldp(4, MAC, 5, b"Gi0/1", 120, system_name=b"sw-2")
    assert decoded(packet) == expected
    assert bytes(packet).startswith(lldp.build_frame(MAC, expected))


def test_cdp() -> None:
    header = CDPv2_HDR(
        vers=2,
        ttl=180,
        msg=[
            CDPMsgDeviceID(val=b"sw-3"),
            CDPMsgPortID(iface=b"Gi0/2"),
            CDPMsgPlatform(val=b"WS-C2960X"),
        ],
    )
    packet = Dot3(src=MAC_TEXT, dst="01:00:0c:cc:cc:cc") / LLC() / SNAP() / header
    message = decoded(packet)
    assert message == cdp.Cdp(2, 180, b"sw-3", b"Gi0/2", platform=b"WS-C2960X")


def test_spanning_tree() -> None:
    packet = Dot3(src=MAC_TEXT, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3)
    packet /= STP(rootid=0x8042, rootmac=MAC_TEXT, bridgeid=0x9001, bridgemac=MAC_TEXT, portid=5)
    message = decoded(packet)
    assert isinstance(message, stp.Bpdu)
    assert message.root == stp.BridgeId(0x8000, 0x42, MAC)
    assert message.bridge == stp.BridgeId(0x9000, 1, MAC)
    assert (message.port, message.max_age_s, message.hello_s) == (5, 20.0, 2.0)


def test_vrrp() -> None:
    lower = Ether(src=MAC_TEXT) / IP(src="10.66.0.2", dst="224.0.0.18", ttl=255, proto=112)
    version2 = decoded(lower / VRRP(vrid=5, priority=100, addrlist=["10.66.0.1"]))
    assert version2 == vrrp.Vrrp(2, 5, 100, 100, (bytes((10, 66, 0, 1)),))
    version3 = decoded(lower / VRRPv3(vrid=6, priority=99, addrlist=["10.66.0.1"], adv=100))
    assert version3 == vrrp.Vrrp(3, 6, 99, 100, (bytes((10, 66, 0, 1)),))


@pytest.mark.parametrize("nano", [False, True], ids=["micro", "nano"])
@pytest.mark.parametrize("endianness", ["<", ">"], ids=["little", "big"])
def test_classic_captures(tmp_path: Path, endianness: str, nano: bool) -> None:
    path = tmp_path / "x.pcap"
    with PcapWriter(str(path), endianness=endianness, nano=nano, linktype=1) as writer:
        packet = Ether(src=MAC_TEXT) / IP() / UDP() / Raw(b"abc")
        packet.time = 1_700_000_000.25
        writer.write(packet)
    with path.open("rb") as stream:
        (found,) = capture.read(stream)
    assert found == pcap.Packet(bytes(packet), 1, 1_700_000_000.25)


def test_block_captures(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    packet = Ether(src=MAC_TEXT) / IP() / UDP() / Raw(b"abc")
    packet.time = 1_700_000_000.25
    with PcapNgWriter(str(path)) as writer:
        writer.write(packet)
        writer.write(packet)
    with path.open("rb") as stream:
        found = list(capture.read(stream))
    assert found == [pcap.Packet(bytes(packet), 1, 1_700_000_000.25)] * 2


def test_cooked() -> None:
    one = CookedLinux(pkttype=1, lladdrtype=1, lladdrlen=6, src=MAC + b"\0\0", proto=0x0800)
    parsed = linux_cooked.parse(bytes(one / Raw(b"abc")))
    assert parsed == linux_cooked.Cooked(1, 1, MAC, 0x0800, b"abc")
    two = CookedLinuxV2(
        pkttype=2, lladdrtype=1, lladdrlen=6, src=MAC + b"\0\0", proto=0x86DD, ifindex=9
    )
    parsed = linux_cooked.parse2(bytes(two / Raw(b"abc")))
    assert parsed == linux_cooked.Cooked(2, 1, MAC, 0x86DD, b"abc", 9, 20)
