"""What becomes of one dependency in the modes m0, m1 and m2; see `rehearsal`."""

import msgspec

from checks.nat64 import WELL_KNOWN
from checks.readiness.dependencies import Dependency
from checks.readiness.names import Names
from checks.readiness.verdicts import Verdicts
from checks.routers import in_force, resolvers
from inventory.readiness import Lookup
from inventory.snapshot import Device, Snapshot


class View(msgspec.Struct, frozen=True, gc=False):
    """Three letters for m0, m1 and m2, why, and how sure that is (0 to 1)."""

    letters: str
    what: str
    reason: str
    sure: float


class Outlook:
    """Judges dependencies by what is known of both ends, of names and of translation.

    A private peer is out of reach of a NAT64 that has the well-known prefix alone (RFC 6052 §3.1).
    """

    def __init__(
        self, snapshot: Snapshot, verdicts: Verdicts, names: Names, prefixes: set[str]
    ) -> None:
        self._names = names
        self._private = "B" if prefixes == {WELL_KNOWN} else "T"
        self._lacking: dict[str, bool] = {}
        self._verdicts = verdicts
        self._global6 = {
            device.id
            for device in snapshot.devices
            if any(a.family == "ipv6" and a.kind != "link-local" for a in device.addresses)
        }
        advertised = {
            address
            for network in snapshot.networks
            for router in in_force(network.routers, snapshot.taken_at)
            for address in resolvers(router)
        }
        self._resolvers = {
            device.id
            for device in snapshot.devices
            if not advertised.isdisjoint(one.address for one in device.addresses)
        }

    def of(self, found: Dependency) -> View:
        """The outlook of one dependency."""
        if found.is_gateway:
            what = "the way out"
        elif found.peer is not None:
            what = f"talks to {found.peer.name or found.name or found.target}"
        else:
            what = f"talks to {found.name or found.target}"
        if self._lacks_ipv6(found.device):
            return View("BBB", what, "the device itself does not speak IPv6", 0.95)
        if found.is_gateway:
            return self._way_out(found, what)
        if found.peer is not None and self._lacks_ipv6(found.peer):
            text = f"{found.peer.name or found.target} does not speak IPv6"
            return View(f"B{self._private}{self._private}", what, text, 0.9)
        by_name = self._by_name(found, what)
        if by_name is not None:
            return by_name
        if found.peer is None:
            text = f"whether {found.name or found.target} has an IPv6 address is not known"
            return View("UUU", what, text, 0.3)
        return self._by_peer(found, found.peer, what)

    def _by_name(self, found: Dependency, what: str) -> View | None:
        """What names say that the device looked up and that lead there; None: nothing."""
        if found.names is None:
            return None
        if not found.names:
            if found.peer is not None and found.peer.id in self._resolvers:
                return View("NNN", what, "routers advertise it as a resolver over IPv6", 0.8)
            if found.also6 or found.device.id not in self._global6:
                return None
            text = f"it uses the address {found.target} itself, without a name"
            return View("BBC", what, text, 0.6)
        # One name that leads there over IPv6 as well is enough for the device to get there.
        views = [self._of_name(one, found, what) for one in found.names]
        good = [view for view in views if view is None or view.letters[0] != "B"]
        if good:
            return good[0]
        return views[0]

    def _of_name(self, one: Lookup, found: Dependency, what: str) -> View | None:
        name = self._names.name(one.name)
        if name.has_ipv6 is False:
            target = found.target if ":" not in found.target else ""
            private = name.is_private or (found.peer is not None and bool(target))
            letter = self._private if private else "T"
            text = f"{one.name} has an IPv4 address alone"
            return View(f"B{letter}{letter}", what, text, 0.85)
        if name.has_ipv6 and name.dead_ipv6:
            return View("BBB", what, f"the IPv6 address of {one.name} does not answer", 0.8)
        if one.a and not one.aaaa and found.device.id in self._global6:
            text = f"it asks for the IPv4 address of {one.name} alone"
            return View("BBC", what, text, 0.7 if one.a > 1 else 0.5)
        if name.has_ipv6 and found.peer is None:
            return View("NNN", what, f"{one.name} has an IPv6 address", 0.8)
        return None

    def _by_peer(self, found: Dependency, peer: Device, what: str) -> View:
        label = peer.name or found.target
        parity = self._verdicts.verdict("service_parity", f"device:{peer.id}")
        if parity == "fail" and found.names and not found.also6:
            # Who looks for both and goes over IPv4 alone prefers it: IPv6 would have been tried
            # first (RFC 6724 §2.1), at any service.
            text = (
                f"{label} has services that answer over IPv4 only; whether it needs those is open"
            )
            return View("UTT", what, text, 0.4)
        if parity == "fail":
            return View("BTT", what, f"{label} has services that answer over IPv4 only", 0.8)
        if found.also6:
            return View("NNN", what, "both are used between the two", 0.9)
        if parity in ("pass", "not_applicable", "warn"):
            if found.unexplained and found.device.id in self._global6:
                # It may use the bare address, which a CLAT alone saves.
                text = f"by name or by the bare address: {found.unexplained}"
                return View("UUC", what, text, 0.4)
            sure = 0.8 if found.names else 0.6
            return View("NNN", what, f"{label} offers the same over IPv6", sure)
        text = f"whether {label} offers the same over IPv6 is not known"
        return View("UUU", what, text, 0.3)

    def _way_out(self, found: Dependency, what: str) -> View:
        """Where the packets go beyond the router is not seen from here, but for names."""
        if found.names is not None and found.also6:
            text = "it goes out over both; the names that it looks up are judged by themselves"
            return View("NNN", what, text, 0.5)
        if found.also6:
            text = "it goes out over both; what needs IPv4 is not seen from here"
            return View("UTT", what, text, 0.4)
        return View("UUU", what, "it goes out over IPv4; where to is not seen from here", 0.4)

    def _lacks_ipv6(self, device: Device) -> bool:
        known = self._lacking.get(device.id)
        if known is None:
            verdict = self._verdicts.verdict("device_speaks_ipv6", f"device:{device.id}")
            known = self._lacking[device.id] = verdict == "fail"
        return known
