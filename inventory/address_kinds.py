"""How another host came by its IPv6 addresses, judged from what is seen of it over time.

A temporary address (RFC 8981) and a stable one (RFC 7217) look alike: 64 random bits. What tells
them apart is what happens around them, and so a judgement may have to wait. Until then it is
`unknown`, with a reason. Pure: no clock, no I/O.

The rules, the surest first:

* a DHCPv6 server was seen to lease it;
* its identifier holds a MAC of the device (RFC 4291 appendix A), or has the form of what people
  write: low numbers, an IPv4 address, words (RFC 7707 §4.1);
* its prefix is not for SLAAC (RFC 4862 §5.5.3, A flag 0), so it was leased or written by hand;
* its random identifier is also that of the link-local address: it does not change with the prefix,
  and no temporary address does that (Windows);
* a host makes one lasting identifier in a prefix (RFC 7217 §5); once that is known, other random
  ones there are temporary;
* a random address that the device makes by itself, later than another one of the same prefix, is
  temporary: only these are made anew while the link stays up (RFC 8981 §3.4);
* one that is in use for longer than any temporary address may be valid is not temporary.
"""

import ipaddress
import socket
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from inventory.snapshot import Assignment

HOUR_S = 3600.0
DAY_S = 86400.0
# RFC 8981 §3.8 has 2 days. Systems that follow RFC 4941 have 7, and the last hours may be unseen.
TEMPORARY_LONGEST_S = 8 * DAY_S
TEMPORARY_LEFT_S = 2 * DAY_S  # silent for so long, a temporary address is not used any more
RENEWED_S = 6 * HOUR_S  # a temporary address is not renewed sooner, while the link stays up
QUIET_S = 2 * DAY_S  # who holds a lease speaks DHCPv6 within this time


class Use(msgspec.Struct, frozen=True):
    """An IPv6 address as a device uses it. Times are Unix seconds.

    `leased`: a DHCPv6 server gave it. `alone`: the device was seen to make it (duplicate address
    detection) while it made no other address: True; at the same time as others, as when a link
    comes up: False; None when that was not seen. `held`: the device still listens to the address'
    solicited-node group, by its own last report.
    """

    address: str
    first_seen: float
    last_seen: float
    leased: bool = False
    alone: bool | None = None
    held: bool = False


class Surroundings(msgspec.Struct, frozen=True):
    """What routers say on the link of a device.

    `autonomous` maps a prefix (see `prefix_of`) to its A flag. `managed`: None while none spoke.
    """

    autonomous: Mapping[int, bool] = {}
    managed: bool | None = None


class Owner(msgspec.Struct, frozen=True):
    """What else is known of the device: its MACs and IPv4 addresses, and whether it asks DHCPv6."""

    macs: tuple[str, ...] = ()
    ipv4: frozenset[str] = frozenset()
    dhcpv6_client: bool = False


class Judgement(msgspec.Struct, frozen=True):
    """How an address came about, and by which evidence (one sentence)."""

    assigned: Assignment
    why: str


def judge(
    uses: Sequence[Use], owner: Owner, around: Surroundings, now: float
) -> dict[str, Judgement]:
    """Judge all IPv6 addresses of one device on one link together, link-local ones included."""
    found: dict[str, Judgement] = {}
    undecided: dict[int, list[Use]] = {}
    own = frozenset(map(identifier, owner.macs))
    local = {
        number & _LOW for use in uses if (number := _number(use.address)) >> 118 == _LINK_LOCAL
    }
    for use in uses:
        number = _number(use.address)
        decided = _by_itself(use, number, owner, own, around, now)
        if decided is not None:
            found[use.address] = decided
        elif number >> 118 == _LINK_LOCAL:
            found[use.address] = _LOCAL
        elif number & _LOW in local:
            found[use.address] = _SAME_AS_LOCAL
        else:
            undecided.setdefault(number >> 64, []).append(use)
    if not undecided:
        return found
    latest = max((use.last_seen for use in uses), default=now)
    for prefix, random in undecided.items():
        lasting = next(
            (
                address
                for address, one in found.items()
                if one.assigned in ("eui-64", "stable-privacy") and prefix_of(address) == prefix
            ),
            "",
        )
        found |= _together(random, lasting, owner.dhcpv6_client, around.managed, latest)
    return found


def prefix_of(address: str) -> int:
    """The first 64 bits of an IPv6 address, as a number; raises OSError when it is none."""
    return _number(address) >> 64


def identifier(mac: str) -> int:
    """The interface identifier that a MAC makes (RFC 4291 appendix A)."""
    value = int(mac.replace(":", ""), 16)
    return ((value >> 24) << 40 | 0xFFFE << 24 | value & 0xFFFFFF) ^ 1 << 57


def written_by_hand(address: str, ipv4: Collection[str] = ()) -> str:
    """What in an identifier looks like the choice of a person or a program; empty: nothing.

    `ipv4` are addresses of the same device. A random identifier passes for one of these with a
    chance below one in ten million.
    """
    return _looks(_number(address) & _LOW, ipv4)


def _looks(low: int, ipv4: Collection[str]) -> str:
    words = [low >> shift & 0xFFFF for shift in (48, 32, 16, 0)]
    if low >> 32 == 0:
        if str(ipaddress.IPv4Address(low)) in ipv4:
            return "an IPv4 address of the device"
        return "a service's port" if low in _PORTS else "a low number"
    if low >> 32 in (0x5EFE, 0x02005EFE):
        return "an IPv4 address (ISATAP, RFC 5214)"
    if ipv4 and max(words) < 0x256 and ".".join(f"{word:x}" for word in words) in ipv4:
        return "an IPv4 address of the device"
    if all(word <= 0xFF for word in words) or sum(not word for word in words) > 1:
        return "a few small numbers"
    if len(set(words)) == 1 or sum(word in _WORDS for word in words) > 1:
        return "words"
    return ""


def _by_itself(
    use: Use, number: int, owner: Owner, own: frozenset[int], around: Surroundings, now: float
) -> Judgement | None:
    """What an address tells without the others; None when it is random and SLAAC may have it."""
    if use.leased:
        return Judgement("dhcpv6", "a DHCPv6 server leased it")
    low = number & _LOW
    if low in own:
        return _OF_MAC
    looks = _looks(low, owner.ipv4)
    if looks:
        return _by_hand(use, looks, owner, around, now)
    if low >> 24 & 0xFFFF == 0xFFFE and low >> 57 & 1:
        return Judgement("unknown", "it has the form of EUI-64, with a MAC not seen here")
    if around.autonomous.get(number >> 64) is not False:
        return None
    if around.managed:
        return Judgement("dhcpv6", "its prefix is not for SLAAC, and routers point to DHCPv6")
    return Judgement("unknown", "its prefix is not for SLAAC, and no router points to DHCPv6")


def _by_hand(use: Use, looks: str, owner: Owner, around: Surroundings, now: float) -> Judgement:
    """DHCPv6 servers hand out low numbers as well; who is given one speaks DHCPv6."""
    if not around.managed or _number(use.address) >> 118 == _LINK_LOCAL:
        return Judgement("manual", f"its identifier is {looks}")
    if owner.dhcpv6_client:
        text = f"its identifier is {looks}: leased by DHCPv6, or written by hand"
        return Judgement("unknown", text)
    if now - use.first_seen >= QUIET_S:
        text = f"its identifier is {looks}, and the device does not speak DHCPv6"
        return Judgement("manual", text)
    return Judgement("unknown", f"its identifier is {looks}; DHCPv6 may have leased it")


def _together(
    random: list[Use], lasting: str, client: bool, managed: bool | None, latest: float
) -> dict[str, Judgement]:
    """Random identifiers in one prefix, where DHCPv6 may give addresses as well, or may not."""
    leases = managed is not False
    found: dict[str, Judgement] = {}
    ordered = sorted(random, key=lambda use: (use.first_seen, use.address))
    old = [use for use in ordered if use.last_seen - use.first_seen >= TEMPORARY_LONGEST_S]
    for use in old:
        days = int((use.last_seen - use.first_seen) // DAY_S)
        if lasting and managed:
            text = f"in use for {days} days beside {lasting}, which the device made: DHCPv6"
            found[use.address] = Judgement("dhcpv6", text)
        elif leases and (client or lasting):
            text = f"in use for {days} days: made once by the device, or leased by DHCPv6"
            found[use.address] = Judgement("unknown", text)
        else:
            text = f"in use for {days} days: no temporary address lasts so long"
            found[use.address] = Judgement("stable-privacy", text)
            lasting = lasting or use.address
    rest = [use for use in ordered if use.address not in found]
    renewed = _renewed(rest, old)
    # Where DHCPv6 may lease, one later address can be a lease; a second one cannot.
    sure = not leases or len(renewed) > 1
    for use in rest:
        if use in renewed and sure:
            text = "the device made it later than another one in the same prefix"
            found[use.address] = Judgement("temporary", text)
        elif lasting and not leases:
            text = f"random, and {lasting} is the lasting address in its prefix"
            found[use.address] = Judgement("temporary", text)
        elif heir := _heir(use, rest, latest):
            text = f"given up after {_hours(use.last_seen - use.first_seen)}; {heir} came after it"
            found[use.address] = Judgement("temporary", text)
    for use in rest:
        found.setdefault(use.address, Judgement("unknown", _waiting(use, rest, leases)))
    return _by_elimination(rest, found, lasting, leases)


def _renewed(random: list[Use], old: list[Use]) -> list[Use]:
    """Those that the device was seen to make by themselves, hours after another one."""
    return [
        use
        for use in random
        if use.alone and any(use.first_seen - one.first_seen >= RENEWED_S for one in random + old)
    ]


def _heir(use: Use, random: list[Use], latest: float) -> str:
    """The address that took the place of one that fell silent while the device did not."""
    if use.held or latest - use.last_seen < TEMPORARY_LEFT_S:
        return ""
    after = (
        one.address
        for one in random
        if one.first_seen - use.first_seen >= RENEWED_S
        and one.last_seen - use.last_seen >= TEMPORARY_LEFT_S
    )
    return next(after, "")


def _by_elimination(
    random: list[Use], found: dict[str, Judgement], lasting: str, leases: bool
) -> dict[str, Judgement]:
    """Of random addresses that came together, the one that outlives the others is the lasting one.

    What is undecided then is temporary.
    """
    if lasting or leases:
        return found
    waiting = [use for use in random if found[use.address].assigned == "unknown"]
    gone = [use for use in random if found[use.address].assigned == "temporary"]
    survivors = [use for use in waiting if any(_outlives(use, other) for other in gone)]
    if len(survivors) != 1:
        return found
    (last,) = survivors
    text = "still in use, those that were formed with it are not"
    found[last.address] = Judgement("stable-privacy", text)
    for use in waiting:
        if use is not last:
            text = f"random, and {last.address} is the lasting address in its prefix"
            found[use.address] = Judgement("temporary", text)
    return found


def _outlives(use: Use, other: Use) -> bool:
    return (
        use.first_seen <= other.first_seen + HOUR_S
        and use.last_seen - other.last_seen >= TEMPORARY_LEFT_S
    )


def _waiting(use: Use, random: Iterable[Use], leases: bool) -> str:
    seen = f"random identifier, seen for {_hours(use.last_seen - use.first_seen)}"
    if leases:
        return f"{seen}: stable, temporary or leased by DHCPv6"
    return f"{seen}: stable or temporary"


def _hours(seconds: float) -> str:
    """In steps, so that the text stays the same while nothing happens."""
    if seconds < HOUR_S:
        return "less than an hour"
    if seconds < DAY_S:
        return "some hours"
    days = int(seconds // DAY_S)
    return "1 day" if days == 1 else f"{days} days"


def _number(address: str) -> int:
    return int.from_bytes(socket.inet_pton(socket.AF_INET6, address), "big")


_LOW = 0xFFFFFFFFFFFFFFFF
_LINK_LOCAL = 0b1111111010  # fe80::/10
_LOCAL = Judgement("stable-privacy", "a link-local address never expires")
_SAME_AS_LOCAL = Judgement(
    "stable-privacy", "its identifier is also that of the link-local address"
)
_OF_MAC = Judgement("eui-64", "its identifier is made of the device's MAC")
# Ports that people use as identifiers, as hexadecimal digits that read like decimals or as numbers.
_PORTS = frozenset((0x53, 53, 0x80, 80, 0x443, 443, 0x25, 25, 0x22, 22, 0x123, 123, 0x389, 389))
_WORDS = frozenset(
    (0xDEAD, 0xBEEF, 0xCAFE, 0xBABE, 0xFACE, 0xF00D, 0xC0DE, 0xFEED, 0xC001, 0xBAD, 0xACE, 0xD00D)
)
