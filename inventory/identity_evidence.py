"""Whether two records are one device: graded evidence, without state, clock or I/O.

* **strong**: rooted in one piece of hardware (a serial number, an LLDP chassis, an SNMP engine or
  UUID made from a MAC of theirs), or the officer's own register. It joins.
* **image**: lives on a disk and is copied with it (SSH and TLS keys, DUID, client identifier, other
  engines and UUIDs). It joins only with a second witness that a copy cannot have: a name that the
  link keeps unique (multicast DNS, RFC 6762 §9; NetBIOS), a crossed echo, or that one of the two
  fell silent for good before the other came. Never when it is disputed.
* **names** alone suggest. A random MAC that replaces another, with the same name of its owner's
  choice and the same DHCP fingerprint, is the same telephone or PC.
* **doubts** (other keys, serials, engines, chassis, names, makers) turn strong evidence into a
  suggestion, and anything weaker into two devices.

A wrong merge is worse than two rows: what is unclear is suggested.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from inventory import identity_values as values
from inventory.identity_values import Key
from inventory.record import Basis, Record

DAY_S = 86_400.0
GONE_S = DAY_S  # how long a card must have been silent before another replaced it
GONE_RANDOM_S = 1800.0
CURRENT_S = 120.0  # a name not heard for so long beside a newer one of the same source is old
FRESH_S = 7 * DAY_S
MAX_IMAGE_HOLDERS = 4
MAX_TLS_HOLDERS = 2  # more than that: the certificate that a maker ships
BLOCK = 16  # MACs of one box lie so close together

UNIQUE_SOURCES = frozenset({"mdns", "nbns"})
_SAID_SOURCES = UNIQUE_SOURCES | {"dhcp", "dhcpv6", "llmnr", "lldp", "cdp", "host"}

Outcome = Literal["join", "suggest", "apart", "unrelated"]


class Facts(msgspec.Struct, frozen=True):
    """What of a record tells who it is. Names are the present ones, folded.

    `unique` are those that the link keeps unique, with when they were first and last heard.
    """

    id: str
    macs: tuple[str, ...]
    random: bool
    first: float
    last: float
    link: str
    keys: frozenset[Key]
    names: frozenset[str]
    unique: dict[str, tuple[float, float]]
    dhcp: frozenset[str]
    ssh: dict[str, frozenset[str]]
    serials: dict[str, frozenset[str]]
    makers: frozenset[str]
    fingerprint: tuple[object, ...]
    row: int | None
    barred: str  # why it joins nothing
    limited: str  # why it joins nothing by itself
    apart: frozenset[str]
    crossed: frozenset[str]


class Verdict(msgspec.Struct, frozen=True):
    """`again_in`: seconds after which silence alone may have made more of it."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()
    basis: Basis = "joint"
    again_in: float | None = None


class Held(msgspec.Struct, frozen=True):
    """How many records hold a key, and whether some of them contradict or overlap each other."""

    count: int
    disputed: bool = False
    crowded: bool = False


UNRELATED = Verdict("unrelated")


def weigh(one: Facts, other: Facts, held: Callable[[Key], Held]) -> Verdict:
    """Judge two records; the order of the two does not matter."""
    if other.id in one.apart or one.id in other.apart:
        return Verdict("apart", ("they were split by hand",))
    if barred := one.barred or other.barred:
        return Verdict("apart", (barred,))
    older, newer = sorted((one, other), key=lambda facts: (facts.first, facts.id))
    doubts = contradictions(older, newer)
    strong, basis = _strong(older, newer, doubts)
    image = _image(older, newer, held)
    if older.row is not None and newer.row is not None and older.row != newer.row:
        return Verdict("apart", ("the register has a row for each of them",))
    if strong:
        limits = [limit for limit in (older.limited, newer.limited) if limit]
        if basis == "register":
            doubts, limits = [text for text in doubts if "serial" in text], []
        reasons = (*strong, *image, *doubts, *limits)
        return Verdict("suggest" if doubts or limits else "join", reasons, basis)
    if doubts:
        crossed = other.id in one.crossed or one.id in other.crossed
        known = bool(image) or crossed  # else nothing but a name or less spoke for it
        return Verdict("apart", tuple(doubts)) if known else UNRELATED
    return _together(older, newer, image, held)


def facts(record: Record) -> Facts:
    """What a record says of its identity."""
    said = _current_names(record)
    names = frozenset(name for found in said.values() for name in found)
    unique: dict[str, tuple[float, float]] = {}
    for name in record.names:
        text = values.folded(name.name)
        if text in said.get(name.source, ()) and name.source in UNIQUE_SOURCES:
            was = unique.get(text, (name.first_seen, name.last_seen))
            first, last = min(was[0], name.first_seen), max(was[1], name.last_seen)
            unique[text] = (first, last)
    dhcp = record.dhcp
    return Facts(
        id=record.id,
        macs=tuple(record.macs),
        random=record.random_mac,
        first=record.first_seen,
        last=max(record.last_seen, record.life.heard_at),
        link=record.interface,
        keys=keys_of(record),
        names=names,
        unique=unique,
        dhcp=frozenset(said.get("dhcp", ())),
        ssh=_latest(record, "ssh_key"),
        serials=_latest(record, "serial"),
        makers=frozenset(d.manufacturer.lower() for d in record.descriptions.values()
                         if d.manufacturer),
        fingerprint=(dhcp.vendor_class, dhcp.parameters) if dhcp and dhcp.parameters else (),
        row=record.registered.row if record.registered is not None else None,
        barred=_barred(record),
        limited=_limited(record),
        apart=frozenset(record.apart),
        crossed=frozenset(record.crossed),
    )  # fmt: skip


def keys_of(record: Record) -> frozenset[Key]:
    """What a record may be found by: its marks, and the names that it gives itself."""
    row = {("row", str(record.registered.row))} if record.registered is not None else set()
    if not record.marks and not record.names:
        return frozenset(row)
    newest: dict[str, float] = {}
    for mark in record.marks.values():
        newest[mark.kind] = max(newest.get(mark.kind, 0.0), mark.last_seen)
    found = {
        key
        for mark in record.marks.values()
        if mark.last_seen >= newest[mark.kind] - FRESH_S and (key := values.key(mark)) is not None
    }
    for name in record.names:
        if name.source in _SAID_SOURCES and (text := values.folded(name.name)):
            found.add(("name", text))
    return frozenset(found | row)


def contradictions(one: Facts, other: Facts) -> list[str]:
    """What speaks against their being one device, in sentences."""
    doubts = []
    for what, mine, others in (
        ("SSH host keys", one.ssh, other.ssh),
        ("serial numbers", one.serials, other.serials),
    ):
        common = sorted(mine.keys() & others.keys())
        differ = [where for where in common if mine[where].isdisjoint(others[where])]
        doubts += [f"their {what} differ ({where})" for where in differ]
    for kind, text in (("engine_id", "SNMP engines"), ("chassis", "LLDP chassis")):
        ours, theirs = _of(one, kind), _of(other, kind)
        if ours and theirs and ours.isdisjoint(theirs):
            doubts.append(f"their {text} differ")
    if one.makers and other.makers and one.makers.isdisjoint(other.makers):
        doubts.append("they name different makers")
    if one.names and other.names and not _names_agree(one.names, other.names):
        texts = " and ".join(min(names) for names in (one.names, other.names))
        doubts.append(f"they call themselves differently ({texts})")
    return doubts


def two_systems(record: Record) -> str:
    """Why one MAC seems to stand for two systems at two addresses; empty when it does not."""
    if len(record.macs) != 1 or record.proxy or record.router:
        return ""
    first: dict[str, tuple[str, str]] = {}
    marks = [mark for mark in record.marks.values() if mark.kind == "ssh_key"]
    newest = max((mark.last_seen for mark in marks), default=0.0)
    for mark in marks:
        address, _, service = mark.where.partition(" ")
        if newest - mark.last_seen > 2 * DAY_S or ":" in address:
            continue
        known = first.setdefault(service, (address, mark.value))
        if known[0] != address and known[1] != mark.value:
            return f"{known[0]} and {address} have different SSH host keys at one MAC"
    return ""


def overlap(one: Facts, other: Facts) -> bool:
    """Whether both were there in one and the same period."""
    return one.first <= other.last and other.first <= one.last


def _strong(older: Facts, newer: Facts, doubts: list[str]) -> tuple[list[str], Basis]:
    if older.row is not None and older.row == newer.row:
        return [f"row {older.row} of the register lists both"], "register"
    found = []
    for kind, value in sorted(older.keys & newer.keys):
        root = values.rooted_in(kind, value)
        if kind == "serial":
            found.append(f"both have the serial number {value}")
        elif kind == "chassis" and root:
            found.append(f"both announce the chassis {value} (LLDP)")
        elif kind == "engine_id" and root and _surround(root, older) and _surround(root, newer):
            found.append(f"both are the SNMP engine of {root}")
        elif kind == "uuid" and root and root in (*older.macs, *newer.macs):
            found.append(f"both have the UUID made from {root}")
    for one, other in ((older, newer), (newer, older)):
        for kind, value in one.keys:
            if kind == "chassis" and values.rooted_in(kind, value) in other.macs:
                found.append(f"{one.macs[0]} is a port of the chassis {value} (LLDP)")
    return list(dict.fromkeys(found)), "hardware"


def _image(older: Facts, newer: Facts, held: Callable[[Key], Held]) -> list[str]:
    found = []
    for key in sorted(older.keys & newer.keys):
        most = MAX_TLS_HOLDERS if key[0] == "tls_key" else MAX_IMAGE_HOLDERS
        if key[0] not in _IMAGE_WORDS or (by := held(key)).count > most or by.disputed:
            continue
        found.append(f"both have the {_IMAGE_WORDS[key[0]]} {key[1][:24]}")
    return found


def _together(older: Facts, newer: Facts, image: list[str], held: Callable[[Key], Held]) -> Verdict:
    unique = sorted(older.unique.keys() & newer.unique.keys())
    names = sorted(older.names & newer.names)
    crossed = newer.id in older.crossed or older.id in newer.crossed
    reasons = list(image)
    if names:
        source = "multicast DNS or NetBIOS" if unique else "DHCP or the like"
        reasons.append(f"both call themselves {', '.join(unique or names)} ({source})")
    if crossed:
        reasons.append("a crossed echo to both was answered by one card")
    limit = older.limited or newer.limited
    if limit and (image or unique or crossed):
        return Verdict("suggest", (*reasons, limit))
    if crossed:
        return Verdict("join" if image or unique else "suggest", tuple(reasons))
    if overlap(older, newer):
        return _at_once(older, newer, image, unique, reasons)
    return _one_after_the_other(older, newer, image, unique, names, reasons, held)


def _at_once(
    older: Facts, newer: Facts, image: list[str], unique: list[str], reasons: list[str]
) -> Verdict:
    at_once = [name for name in unique if _meet(older.unique[name], newer.unique[name])]
    if image and at_once and older.link and older.link == newer.link:
        reasons.append(f"on {older.link} no two devices can keep one such name")
        return Verdict("join", tuple(reasons))
    if image and not unique:
        reasons.append("both are there at once, as copies of one disk would be")
    return Verdict("suggest", tuple(reasons)) if image or unique else UNRELATED


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _one_after_the_other(
    older: Facts, newer: Facts, image: list[str], unique: list[str], names: list[str],
    reasons: list[str], held: Callable[[Key], Held],
) -> Verdict:  # fmt: skip
    random = older.random and newer.random
    wanted = GONE_RANDOM_S if random else GONE_S
    silent = newer.last - older.last  # while the newer one was there to be heard
    same_client = bool(older.fingerprint) and older.fingerprint == newer.fingerprint
    differ = bool(older.fingerprint and newer.fingerprint) and not same_client
    if same_client:
        reasons.append("their DHCP requests have the same form")
    if not names or (not image and not unique and not same_client):
        return Verdict("suggest", tuple(reasons)) if image else UNRELATED
    crowded = any(held(("name", name)).crowded for name in names)
    same_client = same_client or not older.dhcp.isdisjoint(newer.dhcp)
    replaced = bool(image) or (random and bool(unique) and same_client)
    if not replaced or crowded or (random and differ):
        return Verdict("suggest", tuple(reasons))
    reasons.append(f"{older.macs[0] if older.macs else older.id} fell silent before the other came")
    if silent < wanted:
        return Verdict("suggest", tuple(reasons), "succession", wanted - silent)
    return Verdict("join", tuple(reasons), "succession")


_IMAGE_WORDS = {
    "ssh_key": "SSH host key", "tls_key": "TLS key", "duid": "DUID", "uuid": "UUID",
    "dhcp_client_id": "DHCP client identifier", "engine_id": "SNMP engine",
}  # fmt: skip


def _barred(record: Record) -> str:
    if record.own:
        return "the agent's own host knows all its interfaces"
    if record.moves:
        return f"{record.macs[0]} is a card that moves between devices"
    return "" if record.macs else "an address behind a router has no card to compare"


def _limited(record: Record) -> str:
    if record.conflict:
        return f"{record.macs[0]} stands for two systems"
    return f"{record.macs[0]} answers for others (proxy)" if record.proxy else ""


def _current_names(record: Record) -> dict[str, set[str]]:
    newest: dict[str, float] = {}
    for name in record.names:
        newest[name.source] = max(newest.get(name.source, 0.0), name.last_seen)
    found: dict[str, set[str]] = {}
    for name in record.names:
        if name.source not in _SAID_SOURCES or newest[name.source] - name.last_seen > CURRENT_S:
            continue
        if text := values.folded(name.name):
            found.setdefault(name.source, set()).add(text)
    return found


def _latest(record: Record, kind: str) -> dict[str, frozenset[str]]:
    """The usable values of a kind by where they were read: an algorithm, or a protocol."""
    found: dict[str, set[str]] = {}
    for mark in record.marks.values():
        if mark.kind == kind and (key := values.key(mark)) is not None:
            where = mark.where.rsplit(" ", 1)[-1]
            found.setdefault(where, set()).add(key[1])
    return {where: frozenset(held) for where, held in found.items()}


def _of(one: Facts, kind: str) -> frozenset[str]:
    return frozenset(value for known, value in one.keys if known == kind)


def _surround(root: str, one: Facts) -> bool:
    return any(mac == root or values.are_near(mac, root, BLOCK) for mac in one.macs)


def _names_agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether they have a name in common; NetBIOS cuts a name to fifteen characters."""
    if not one.isdisjoint(other):
        return True
    return any(a[:15] == b[:15] and 15 in (len(a), len(b)) for a in one for b in other)
