"""The recorded set: what real products say, by public sources, as records of the inventory."""

import hashlib
import tomllib
from pathlib import Path

import msgspec

from inventory.record import NameRecord, Record
from inventory.snapshot import (
    CommunityAnswer,
    DeviceKind,
    DhcpClient,
    Service,
)
from inventory.traits import (
    Advert,
    Announcement,
    Description,
    Key,
    Page,
)

FOLDER = Path(__file__).parent / "recorded"
ADDRESS = "10.66.7.9"
ROUTER = "10.66.7.1"


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device: its true kind, where the facts are from, and what it says."""

    id: str
    kind: DeviceKind
    source: str
    vendor: str = ""
    names: tuple[str, ...] = ()
    tcp: tuple[int, ...] = ()
    udp: tuple[int, ...] = ()
    banner: tuple[str, ...] = ()
    mdns: tuple[str, ...] = ()
    instance: tuple[str, ...] = ()
    txt: tuple[str, ...] = ()
    ssdp: tuple[str, ...] = ()
    ssdp_server: str = ""
    wsd: tuple[str, ...] = ()
    dhcp: str = ""
    options: tuple[int, ...] = ()
    lldp: tuple[str, ...] = ()
    cdp: tuple[str, ...] = ()
    announced: tuple[str, ...] = ("", "")
    groups: tuple[str, ...] = ()
    title: str = ""
    http: str = ""
    tls: str = ""
    snmp: str = ""
    make: dict[str, str] = {}
    roles: tuple[str, ...] = ()

    @property
    def held_out(self) -> bool:
        """A third, chosen by the name alone: no weight was changed for it."""
        return hashlib.sha256(self.id.encode()).digest()[0] % 3 == 0

    def record(self) -> Record:
        """The record that the inventory would keep of it."""
        record = Record(f"d-{self.id}", 0.0, 0.0, "eth0", vendor=self.vendor)
        record.names = [NameRecord(name, "mdns", 0.0, 0.0) for name in self.names]
        for transport, ports in (("tcp", self.tcp), ("udp", self.udp)):
            for port in ports:
                record.services[f"{transport} {port}"] = Service(
                    ADDRESS, transport, port, "open"  # type: ignore[arg-type]
                )  # fmt: skip
        for number, banner in enumerate(self.banner):
            record.services[f"b{number}"] = Service(ADDRESS, "tcp", 22, "open", "", banner)
        record.adverts = {f"{a.protocol} {a.kind} {a.name}": a for a in self._adverts()}
        if self.dhcp or self.options:
            record.dhcp = DhcpClient(vendor_class=self.dhcp, parameters=self.options)
        if self.lldp or self.cdp:
            protocol = "lldp" if self.lldp else "cdp"
            record.announcement = Announcement(
                protocol, "", self.announced[0], self.announced[1], "", self.lldp or self.cdp  # type: ignore[arg-type]
            )  # fmt: skip
        record.groups = set(self.groups)
        if self.title or self.http:
            record.pages = {"p": Page(ADDRESS, 80, False, 200, self.title, self.http)}
        if self.tls:
            record.keys = {"k": Key(ADDRESS, 443, "tls", "SHA256:x", subject=self.tls)}
        if self.snmp:
            record.communities = {"c": CommunityAnswer(ADDRESS, "public", True, self.snmp)}
        if self.make:
            said = msgspec.convert(self.make, Description)
            record.descriptions = {said.protocol: said}
        record.router = "advertises" in self.roles
        record.gateway = "gateway" in self.roles
        record.bridge = "bridge" in self.roles
        record.random_mac = "random_mac" in self.roles
        return record

    def _adverts(self) -> list[Advert]:
        instances = self.instance or ("",)
        adverts = [
            Advert("mdns", kind, instances[at % len(instances)], details=self.txt)
            for at, kind in enumerate(self.mdns)
        ]
        adverts += [Advert("ssdp", kind, server=self.ssdp_server) for kind in self.ssdp]
        adverts += [Advert("wsd", kinds) for kinds in self.wsd]
        return adverts


def recorded() -> tuple[Recorded, ...]:
    """Every recorded device, in the order of the files."""
    return tuple(
        msgspec.convert(entry, Recorded)
        for path in sorted(FOLDER.glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["device"]
    )
