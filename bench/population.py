"""Ten thousand devices of an office, as the observations that a pass over them gives."""

from collections.abc import Iterator

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    DescriptionSeen,
    DhcpClientSeen,
    GroupsReported,
    How,
    KeySeen,
    NameSeen,
    PageSeen,
    ServiceAdvertised,
    ServiceSeen,
)
from collectors.scope import Link, Scope

NETWORK = "10.66.0.0/16"
INTERFACE = "eth0"
OWN_ADDRESS = "10.66.255.2"
SCOPE = Scope(
    networks=(NETWORK, "2001:db8:66::/64"),
    links=(Link(INTERFACE, 2, "b8:27:eb:66:07:02", (f"{OWN_ADDRESS}/16",), ("fe80::2/64",)),),
)
# Makers of what stands in an office: PCs, laptops, phones, printers, access points.
MAKERS = ("00:1b:21", "00:14:22", "3c:d9:2b", "00:80:77", "00:1c:73", "b8:27:eb", "00:11:32")
RICH = 5  # every fifth device serves pages and advertises itself


def pass_over(devices: int, at: float) -> Iterator[AnyObservation]:
    """Everything that one complete pass tells, device by device."""
    for number in range(devices):
        yield from _basic(number, at)
        if number % RICH == 0:
            yield from _rich(number, at)


def mac_of(number: int) -> str:
    """The MAC of a device."""
    low = f"{number >> 16 & 0xFF:02x}:{number >> 8 & 0xFF:02x}:{number & 0xFF:02x}"
    return f"{MAKERS[number % len(MAKERS)]}:{low}"


def ipv4_of(number: int) -> str:
    """The IPv4 address of a device."""
    return f"10.66.{number // 250}.{number % 250 + 1}"


def _basic(number: int, at: float) -> Iterator[AnyObservation]:
    mac, ipv4 = mac_of(number), ipv4_of(number)
    local, temporary = f"fe80::66:{number:x}", f"2001:db8:66:0:8d3a:51f2:{number:x}:9c1e"
    sightings: tuple[tuple[str, How], ...] = (
        (ipv4, "arp_reply"),
        (local, "mld_report"),
        (f"2001:db8:66::{number + 1:x}", "neighbour_solicitation"),
        (temporary, "neighbour_solicitation"),
    )
    for address, how in sightings:
        yield AddressSeen(
            at=at, source="tap", interface=INTERFACE, mac=mac, address=address, how=how
        )
    yield GroupsReported(
        at=at,
        source="tap",
        interface=INTERFACE,
        mac=mac,
        address=local,
        groups=(f"ff02::1:ff66:{number & 0xFFFF:x}", "ff02::fb", "ff02::1:3"),
        complete=True,
    )
    yield NameSeen(at=at, source="dns", name=f"pc-{number:05}.stc.example", address=ipv4)
    yield DhcpClientSeen(
        at=at,
        source="tap",
        interface=INTERFACE,
        mac=mac,
        message="request",
        hostname=f"PC-{number:05}",
        vendor_class="MSFT 5.0",
        client_id=f"01{mac.replace(':', '')}",
        requested_address=ipv4,
        parameters=(1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252),
    )
    for port, state in ((22, "closed"), (445, "open"), (80, "closed"), (3389, "open")):
        yield ServiceSeen(
            at=at,
            source="tcp",
            address=ipv4,
            transport="tcp",
            port=port,
            state="open" if state == "open" else "closed",
        )


def _rich(number: int, at: float) -> Iterator[AnyObservation]:
    mac, ipv4 = mac_of(number), ipv4_of(number)
    uuid = f"1c852a4d-b800-1f08-abcd-{number:012x}"
    for port, secure in ((80, False), (443, True)):
        yield PageSeen(
            at=at,
            source="web",
            address=ipv4,
            port=port,
            secure=secure,
            status=200,
            title=f"Printer {number} of the second floor",
            server="Embedded web server 1.1",
        )
    for protocol, port in (("ssh", 22), ("tls", 443)):
        yield KeySeen(
            at=at,
            source="keys",
            address=ipv4,
            protocol="ssh" if protocol == "ssh" else "tls",
            port=port,
            algorithm="ssh-ed25519" if protocol == "ssh" else "rsa-2048",
            fingerprint=f"SHA256:{number:043x}{port}",
        )
    for kind in ("_ipp._tcp", "_printer._tcp", "_http._tcp"):
        yield ServiceAdvertised(
            at=at,
            source="tap",
            interface=INTERFACE,
            protocol="mdns",
            mac=mac,
            address=ipv4,
            kind=kind,
            name=f"Printer {number}",
            port=631,
            details=("ty=Example LaserPrint 400", "rp=ipp/print", f"UUID={uuid}"),
        )
    yield DescriptionSeen(
        at=at,
        source="ipp",
        address=ipv4,
        protocol="ipp",
        manufacturer="Example",
        model="LaserPrint 400",
        serial=f"VN{number:08}",
        uuid=uuid,
        firmware="2403293_000592",
    )
