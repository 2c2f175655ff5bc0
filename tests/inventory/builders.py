"""Short ways to say what was seen, for the tests of the inventory."""

from typing import Any

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    GroupsReported,
    Hold,
    How,
    InterfaceAddress,
    InterfaceSeen,
    NameSeen,
    RouterAdvertised,
    ServiceSeen,
    Unanswered,
)
from collectors.scope import Link, Scope
from inventory.inventory import Inventory
from inventory.saved import Saved
from inventory.settings import Settings
from inventory.snapshot import Device

T = 1_760_000_000.0
DAY = 86_400.0

PRINTER = "00:1b:a9:00:00:09"
PC = "00:1c:73:00:00:0a"
LAPTOP = "00:1c:73:00:00:0b"
ROUTER = "00:1c:73:00:07:01"
PHONE = "02:42:ac:11:00:02"
OWN = "00:16:3e:00:00:02"

SCOPE = Scope(
    networks=("10.66.7.0/24", "10.66.9.0/24", "2001:db8:66::/64"),
    exclude=("10.66.7.250/32",),
    links=(Link("eth0", 2, OWN, ("10.66.7.2/24",), ("fe80::216:3eff:fe00:2/64",)),),
)


def vendor_of(mac: str) -> str:
    return {"00:1b:a9": "Brother industries, LTD."}.get(mac[:8], "")


def new_inventory(
    saved: Saved | None = None, *, first_pass: bool = False, **settings: Any
) -> Inventory:
    """An inventory on eth0 with a tap; `first_pass=False`: the first pass is over."""
    inventory = Inventory(Settings("stc", **settings), vendor_of, saved)
    inventory.set_scope(SCOPE)
    if not first_pass:
        inventory._ledger.first_pass_until = 1.0
    return inventory


def seen(
    mac: str,
    address: str,
    at: float = T,
    how: How = "arp_reply",
    interface: str = "eth0",
    router: bool = False,
    hold: Hold = "",
) -> AddressSeen:
    return AddressSeen(
        at=at, source="tap", interface=interface, mac=mac, address=address, how=how, router=router,
        hold=hold,
    )  # fmt: skip


def silent(
    address: str, at: float, kind: Any = "arp", mac: str = "", interface: str = "eth0"
) -> Unanswered:
    return Unanswered(
        at=at, source="tap", interface=interface, address=address, kind=kind, probes=3, mac=mac
    )


def named(name: str, source: str, at: float = T, *, address: str = "", mac: str = "") -> NameSeen:
    return NameSeen(at=at, source=source, name=name, address=address, mac=mac)


def port(address: str, number: int, state: Any = "open", at: float = T, **more: Any) -> ServiceSeen:
    return ServiceSeen(
        at=at, source="tcp", address=address, transport="tcp", port=number, state=state, **more
    )


def advertised(
    at: float = T, mac: str = ROUTER, address: str = "fe80::1", lifetime_s: int = 1800, **more: Any
) -> RouterAdvertised:
    return RouterAdvertised(
        at=at, source="tap", interface=more.pop("interface", "eth0"), mac=mac, address=address,
        hop_limit=64, managed=False, other=False, preference="medium", lifetime_s=lifetime_s, **more
    )  # fmt: skip


def groups(mac: str, *reported: str, at: float = T, address: str = "::", **more: Any) -> Any:
    return GroupsReported(
        at=at, source="tap", interface="eth0", mac=mac, address=address, groups=reported, **more
    )


def interface(
    name: str = "eth0",
    mac: str = OWN,
    *addresses: str,
    at: float = T,
    up: bool = True,
    flags: tuple[str, ...] = (),
) -> InterfaceSeen:
    """An own interface; addresses as `ADDRESS/LENGTH`."""
    own = tuple(
        InterfaceAddress(
            text.partition("/")[0],
            int(text.partition("/")[2]),
            "link" if text.startswith("fe80") else "global",
            flags,
        )
        for text in addresses
    )
    return InterfaceSeen(
        at=at, source="netlink", interface=name, index=2, mac=mac, up=up, carrier=up, mtu=1500,
        addresses=own,
    )  # fmt: skip


def devices(inventory: Inventory, now: float = T) -> dict[str, Device]:
    """The devices by their first MAC, or by their first address when they have none."""
    return {
        device.macs[0] if device.macs else device.addresses[0].address: device
        for device in inventory.snapshot(now).devices
    }


def one(inventory: Inventory, observations: list[AnyObservation], now: float = T) -> Device:
    """The only device after these observations."""
    inventory.apply(observations)
    (device,) = inventory.snapshot(now).devices
    return device


def kinds(inventory: Inventory) -> list[str]:
    """The kinds of all events, oldest first."""
    return [event.kind for event in reversed(inventory.recent_events(1000))]
