"""A simulated office over days: who is there when, who loses probes, what happens to the network.

The clock is stepped; the inventory is told through its public methods what a real agent would tell
it. Truth is what `Host.is_there` and `Office.reaches` say. Everything follows from the seed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from collectors.observation import AddressSeen, AnyObservation, DhcpClientSeen, NameSeen, Unanswered
from inventory.snapshot import InventoryEvent, Registered, TapState
from tests.inventory.builders import DAY, new_inventory

MIDNIGHT = 1_763_917_200.0  # a Monday's, in Viet Nam
HOUR, MINUTE = 3600.0, 60.0
SEEN_S = 300.0  # how often the picture is compared with the truth

Span = tuple[float, float]


@dataclass
class Host:
    """One station; `off` are the spans, in seconds since the start, in which it is not there."""

    sort: str
    mac: str
    ipv4: str
    name: str
    loss: float = 0.0
    off: list[Span] = field(default_factory=list)
    dozes: list[Span] = field(default_factory=list)  # there, but misses most probes
    room: int = 0
    always_on: bool = False
    temporary: bool = False

    @property
    def link_local(self) -> str:
        return f"fe80::{self.mac[9:11]}{self.mac[12:14]}:{self.mac[15:17]}"

    def is_there(self, t: float) -> bool:
        return not any(begin <= t < end for begin, end in self.off)

    def answers(self, t: float, dice: random.Random) -> bool:
        if not self.is_there(t):
            return False
        if any(begin <= t < end for begin, end in self.dozes):
            return dice.random() < 0.1
        return dice.random() >= self.loss


@dataclass
class Troubles:
    """What happens to the network and the agent, in seconds since the start; empty: nothing."""

    reboot: Span = (12.2 * HOUR, 12.2 * HOUR + 40.0)  # the switch of room 1
    power_cut: Span = (DAY + 15 * HOUR, DAY + 15.3 * HOUR)  # rooms 1 and 2; the gateway lives on
    own_cable: Span = (DAY + 20 * HOUR, DAY + 21 * HOUR)  # nobody is heard, the carrier stays
    suspended: Span = (2 * DAY + 2 * HOUR, 2 * DAY + 2.5 * HOUR)
    clock_back: tuple[float, float] = (2 * DAY + 10 * HOUR, 600.0)
    failure: float = 2 * DAY + 14 * HOUR


@dataclass
class Outcome:
    """What was counted."""

    false_downs: list[str] = field(default_factory=list)
    watched_hours: float = 0.0  # of always-on devices that were there
    events: list[InventoryEvent] = field(default_factory=list)
    delay_s: float | None = None
    rounds: int = 0
    right: int = 0
    unknown: int = 0
    looks: int = 0
    doubted: int = 0  # looks at which an always-on device that is there was not up
    temporary: int = 0  # temporary addresses seen

    def count(self, kind: str) -> int:
        return sum(event.kind == kind for event in self.events)


class Office:
    """About eighty hosts on one link, and an inventory that watches them every `interval_s`."""

    def __init__(
        self, seed: int, interval_s: float, days: int = 3, troubles: Troubles | None = None
    ) -> None:
        self.dice = random.Random(seed)
        self.interval_s = interval_s
        self.days = days
        self.troubles = troubles or Troubles()
        self.offset = 0.0
        self.outcome = Outcome()
        self.hosts = list(self._hosts())
        self.by_mac = {host.mac: host for host in self.hosts}
        self.victim = next(host for host in self.hosts if host.name == "srv-3")
        self.victim.off.append((self.troubles.failure, float("inf")))
        self.inventory = new_inventory(presence_s=interval_s)
        self._up_since: dict[str, float] = {}
        self._seen_at = 0.0
        self._event_number = 0

    # Who is there.

    def _hosts(self) -> Iterator[Host]:
        dice = self.dice
        infrastructure = (
            ("router", "gw", 1), ("switch", "sw", 4), ("server", "srv", 6), ("nas", "nas", 1),
            ("ups", "ups", 1), ("access_point", "ap", 3), ("camera", "cam", 6),
        )  # fmt: skip
        number = 0
        for sort, name, count in infrastructure:
            for index in range(1, count + 1):
                number += 1
                loss = dice.uniform(0.005, 0.02) if sort != "camera" else 0.03
                room = 0 if sort in ("router", "server", "nas") else number % 4
                yield self._host(number, sort, f"{name}-{index}", loss, room, always_on=True)
        for index in range(1, 7):
            number += 1
            yield self._printer(self._host(number, "printer", f"printer-{index}", 0.01, number % 4))
        for index in range(1, 37):
            number += 1
            yield self._pc(self._host(number, "workstation", f"pc-{index}", 0.01, number % 4))
        for index in range(1, 9):
            number += 1
            yield self._laptop(self._host(number, "laptop", f"laptop-{index}", 0.05, 3))
        for index in range(1, 10):
            for day in range(self.days):
                number += 1
                yield self._phone(self._host(number, "phone", f"phone-{index}", 0.15, 3), day)

    def _host(
        self, number: int, sort: str, name: str, loss: float, room: int, always_on: bool = False
    ) -> Host:
        mac = f"00:1c:73:00:{number >> 8:02x}:{number & 255:02x}"
        return Host(
            sort, mac, f"10.66.7.{number + 2}", name, loss, room=room, always_on=always_on,
            temporary=sort in ("workstation", "laptop", "phone"),
        )  # fmt: skip

    def _pc(self, host: Host) -> Host:
        """Off at night: some are switched off one by one, half of them by a script at half past."""
        dice, left = self.dice, 0.0
        by_script = host.mac[-1] in "02468ace"
        for day in range(self.days):
            came = day * DAY + dice.gauss(7.6 * HOUR, 15 * MINUTE)
            host.off.append((left, came))
            left = day * DAY + (17.5 if by_script else dice.gauss(17.2, 0.3)) * HOUR
        host.off.append((left, float("inf")))
        return host

    def _laptop(self, host: Host) -> Host:
        """Comes and goes several times a day, and dozes while its lid is shut for a moment."""
        dice, at = self.dice, 0.0
        for day in range(self.days):
            begin = day * DAY + dice.gauss(8.0, 0.3) * HOUR
            host.off.append((at, begin))
            at = begin
            while at < day * DAY + 16.5 * HOUR:
                at += dice.uniform(0.5, 2.5) * HOUR
                back = at + dice.uniform(2, 45) * MINUTE
                host.off.append((at, back))
                at = back
        host.off.append((at, float("inf")))
        return host

    def _printer(self, host: Host) -> Host:
        """Never off, but in power save it answers few probes for minutes."""
        at = 0.0
        while at < self.days * DAY:
            at += self.dice.expovariate(1 / (1.5 * HOUR))
            lasts = self.dice.uniform(1, 8) * MINUTE
            host.dozes.append((at, at + lasts))
            at += lasts
        return host

    def _phone(self, host: Host, day: int) -> Host:
        """One random MAC for each day; the radio sleeps."""
        dice = self.dice
        host.mac = "02:" + ":".join(f"{dice.randrange(256):02x}" for _ in range(5))
        came = day * DAY + dice.gauss(8.0, 0.4) * HOUR
        left = day * DAY + dice.gauss(17.0, 0.5) * HOUR
        host.off = [(0.0, came), (left, float("inf"))]
        at = came
        while at < left:
            at += dice.expovariate(1 / (20 * MINUTE))
            host.dozes.append((at, at + dice.uniform(0.5, 6) * MINUTE))
        return host

    def reaches(self, host: Host, t: float) -> bool:
        """Whether a frame passes between the agent and a host."""
        deaf = self.troubles.own_cable
        return self.is_connected(host, t) and not deaf[0] <= t < deaf[1]

    def is_connected(self, host: Host, t: float) -> bool:
        """Whether a host's own part of the network works."""
        trouble = self.troubles
        if host.room == 1 and trouble.reboot[0] <= t < trouble.reboot[1]:
            return False
        return not (host.room in (1, 2) and trouble.power_cut[0] <= t < trouble.power_cut[1])

    # The days.

    def run(self, begin: float = 0.0, end: float | None = None) -> Outcome:
        """Live through all days, or a part of them."""
        inventory = self.inventory
        inventory.set_tap(TapState(available=True), MIDNIGHT + begin)
        t = next_talk = self._seen_at = begin
        suspended = stepped = False
        while t < (self.days * DAY if end is None else end):
            trouble = self.troubles
            if not suspended and t >= trouble.suspended[0]:
                suspended = True
                t = trouble.suspended[1]
                inventory.lose_sight("suspended", self._wall(t), "The machine was suspended")
            if not stepped and t >= trouble.clock_back[0]:
                stepped = True
                self.offset = -trouble.clock_back[1]
                inventory.lose_sight("clock_stepped", self._wall(t), "The clock was set back")
            if t >= next_talk:
                next_talk = t + 15 * MINUTE
                inventory.apply(self._talk(t))
            self._round(t)
            t += self.interval_s
        self._take_events()
        return self.outcome

    def _wall(self, t: float) -> float:
        return MIDNIGHT + t + self.offset

    def _talk(self, t: float) -> list[AnyObservation]:
        """What hosts say by themselves: names, DHCP, temporary addresses that change daily."""
        said: list[AnyObservation] = []
        for host in self.hosts:
            if not host.is_there(t) or not self.reaches(host, t):
                continue
            at = self._wall(t)
            eth0: dict[str, Any] = {"at": at, "source": "tap", "interface": "eth0", "mac": host.mac}
            said.append(AddressSeen(address=host.ipv4, how="arp_request", **eth0))
            said.append(AddressSeen(address=host.link_local, how="neighbour_solicitation", **eth0))
            said.append(
                NameSeen(
                    at=at,
                    source="mdns",
                    interface="eth0",
                    mac=host.mac,
                    address=host.ipv4,
                    name=host.name,
                )
            )
            if self.dice.random() < 0.1:
                said.append(
                    DhcpClientSeen(
                        message="request", hostname=host.name, requested_address=host.ipv4, **eth0
                    )
                )
            if host.temporary:
                token = random.Random(f"{host.mac} {int(t // DAY)}").getrandbits(64)
                self.outcome.temporary += 1
                words = ":".join(f"{token >> shift & 0xFFFF:x}" for shift in (48, 32, 16, 0))
                said.append(AddressSeen(address=f"2001:db8:66:0:{words}", how="dad", **eth0))
        return said

    def _round(self, t: float) -> None:
        inventory, dice = self.inventory, self.dice
        began = self._wall(t)
        ended = began + min(8.0, 0.5 * self.interval_s)
        told: list[AnyObservation] = []
        silent: list[AnyObservation] = []
        for target in inventory.presence():
            host = self.by_mac.get(target.mac)
            there = host is not None and self.reaches(host, t)
            for address in target.addresses:
                bare = address.partition("%")[0]
                if there and host is not None and host.answers(t, dice):
                    told.append(
                        AddressSeen(
                            at=began + 1.0, source="tap", interface="eth0", mac=target.mac,
                            address=bare,
                            how="neighbour_advertisement" if ":" in bare else "arp_reply",
                        )
                    )  # fmt: skip
                else:
                    silent.append(
                        Unanswered(
                            at=ended, source="solicit", interface="eth0", address=bare,
                            kind="nd" if ":" in bare else "arp", probes=2, mac=target.mac,
                        )
                    )  # fmt: skip
        inventory.apply(told)
        inventory.apply(silent)
        inventory.end_round(began, ended)
        for target in inventory.suspects():
            host = self.by_mac[target.mac]
            answered = self.reaches(host, t) and host.answers(t, dice)
            inventory.confirm(target.device, "echo", answered, ended + 1.0)
        self.outcome.rounds += 1
        if t - self._seen_at >= SEEN_S or abs(t - self.troubles.failure) < 600.0:
            self._look(t, ended + 1.0)

    def _look(self, t: float, now: float) -> None:
        """Compare the picture with the truth."""
        outcome = self.outcome
        passed_h = (t - self._seen_at) / HOUR
        self._seen_at = t
        if not self._named:
            self._register()
        for device in self.inventory.snapshot(now).devices:
            host = self.by_mac.get(device.macs[0]) if device.macs else None
            if host is None:
                continue
            there = host.is_there(t) and self.is_connected(host, t)
            if there:
                since = self._up_since.setdefault(host.mac, t)
                outcome.watched_hours += passed_h * host.always_on
                if device.state == "down" and t - since > 2 * self.interval_s:
                    outcome.false_downs.append(f"{host.name} at {t / HOUR:.2f} h")
            else:
                self._up_since.pop(host.mac, None)
            outcome.looks += 1
            outcome.unknown += device.state == "unknown"
            right = {"up"} if there else {"asleep", "down"}
            right |= set() if self.reaches(host, t) or not there else {"unknown"}
            outcome.right += device.state in right
            if host.always_on and there and device.state not in ("up", "unknown"):
                outcome.doubted += 1
            failed = host is self.victim and t >= self.troubles.failure
            if failed and device.state == "down" and outcome.delay_s is None:
                outcome.delay_s = t + min(8.0, 0.5 * self.interval_s) + 1.0 - self.troubles.failure
        self._take_events()

    _named = False

    def _register(self) -> None:
        """The officer has registered what should always be on."""
        self._named = True
        for row, record in enumerate(self.inventory._ledger.book.records.values(), 2):
            host = self.by_mac.get(record.macs[0]) if record.macs else None
            if host is not None and host.always_on:
                record.registered = Registered(row=row, always_on=True)
                self.inventory._ledger.book.touch(record)

    def _take_events(self) -> None:
        self.outcome.events.extend(self.inventory.take_changes().events)
