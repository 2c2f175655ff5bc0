"""Spanning tree: configuration, rapid, notification, refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import ethernet, frame, llc, stp
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import octets
from tests.collectors.wire.samples_discovery import BPDU, RSTP, TOPOLOGY_CHANGE
from tests.collectors.wire.strategies import MODEST, macs, u16, u32

ROOT = stp.BridgeId(32768, 66, octets("001c73000a00"))
BRIDGE = stp.BridgeId(36864, 1, octets("001c73000c00"))


def test_configuration() -> None:
    assert frame.decode(BPDU).payload == stp.Bpdu(
        "configuration", 0, ROOT, BRIDGE, 4, 0x8001, True, 1.0, 20.0, 2.0, 15.0
    )


def test_rapid() -> None:
    bpdu = frame.decode(RSTP).payload
    assert isinstance(bpdu, stp.Bpdu)
    assert (bpdu.kind, bpdu.version, bpdu.changed) == ("rapid", 2, False)
    assert bpdu.root == bpdu.bridge == stp.BridgeId(4096, 0, octets("001c73000a00"))


def test_notification() -> None:
    assert frame.decode(TOPOLOGY_CHANGE).payload == stp.Bpdu("topology_change")


def test_per_vlan_tree_of_cisco() -> None:
    inner = stp.encode(stp.Bpdu("configuration", 0, ROOT, BRIDGE))
    payload = llc.build_snap(inner, llc.CISCO, llc.CISCO_PVST)
    wire = ethernet.build(octets("01000ccccccd"), BRIDGE.mac, len(payload), payload)
    bpdu = frame.decode(wire).payload
    assert isinstance(bpdu, stp.Bpdu)
    assert bpdu.root == ROOT


REFUSED = {
    "empty": ("", "truncated", 0),
    "another protocol": ("0001 00 00", "unsupported", 0),
    "undefined type": ("0000 00 01", "bad_type", 3),
    "configuration cut": ("0000 00 00" + "00" * 30, "truncated", 34),
    "rapid without the version 1 length": ("0000 02 02" + "00" * 31, "truncated", 35),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason, offset = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        stp.parse(octets(wire))
    assert (error.value.reason, error.value.offset) == (reason, offset)


LLC_REFUSED = {
    "length beyond the frame": ("4242 03", 4, "truncated", 3),
    "no control": ("4242", 2, "truncated", 2),
    "numbered": ("4242 00", 3, "unsupported", 2),
    "SNAP cut": ("aaaa 03 00000c 20", 7, "truncated", 7),
}


@pytest.mark.parametrize("case", LLC_REFUSED)
def test_llc_refused(case: str) -> None:
    wire, length, reason, offset = LLC_REFUSED[case]
    with pytest.raises(DecodeError) as error:
        llc.parse(octets(wire), length)
    assert (error.value.reason, error.value.offset) == (reason, offset)


def test_other_users_of_llc_are_not_decoded() -> None:
    payload = llc.build(b"whatever", 0xFE)
    wire = ethernet.build(octets("0180c2000014"), BRIDGE.mac, len(payload), payload)
    assert frame.decode(wire).payload is None


bridges = st.builds(
    stp.BridgeId, st.integers(0, 15).map(lambda n: n << 12), st.integers(0, 4095), macs
)
times = u16.map(lambda n: n / 256)


@given(
    st.builds(
        stp.Bpdu,
        st.sampled_from(("configuration", "rapid")),
        st.integers(0, 255),
        bridges,
        bridges,
        u32,
        u16,
        st.booleans(),
        times,
        times,
        times,
        times,
    )
)
@MODEST
def test_round_trip(bpdu: stp.Bpdu) -> None:
    assert stp.parse(stp.encode(bpdu)) == bpdu
    decoded = frame.decode(stp.build_frame(BRIDGE.mac, bpdu))
    assert decoded.payload == bpdu
