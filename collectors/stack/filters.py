"""Whether a packet filter drops anything inbound, by family, from nft(8)'s ruleset.

Only what is sure is told: a ruleset that cannot be read, or that iptables-legacy may go past, gives
None; and an ICMPv6 type counts as dropped only where no rule can let it in.
"""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from shutil import which
from typing import Any, Final

import msgspec

from collectors.observation import Family
from collectors.own_resolvers import Read, read_text
from collectors.stack.procfs import NET

TIMEOUT_S: Final = 5.0
MAX_BYTES: Final = 8 << 20
MAX_DEPTH: Final = 16
FAMILIES: Final[tuple[Family, ...]] = ("ipv4", "ipv6")
OF_TABLES: Final[dict[str, tuple[Family, ...]]] = {
    "ip": ("ipv4",), "ip6": ("ipv6",), "inet": FAMILIES,
}  # fmt: skip
# What a host must take in (RFC 4890 §4.4.1), with the names that nft prints.
ERRORS: Final = {
    1: "destination-unreachable", 2: "packet-too-big", 3: "time-exceeded", 4: "parameter-problem",
}  # fmt: skip
DISCOVERY: Final = {
    133: "nd-router-solicit", 134: "nd-router-advert", 135: "nd-neighbor-solicit",
    136: "nd-neighbor-advert",
}  # fmt: skip
ROUTER_SOLICITATION: Final = 133  # matters to a router only

_OTHERS: Final = frozenset({"tcp", "udp", "icmp", "ip", "th", "sctp", "dccp", "udplite"})

Drops = dict[Family, bool | None]
Rule = list[dict[str, Any]]


def read(forwarding: bool) -> tuple[Drops, tuple[int, ...]]:
    """What is dropped, and the ICMPv6 types that cannot come in. Blocks."""
    ruleset = _ruleset()
    if ruleset is None or _has_legacy(read_text):
        return {"ipv4": None, "ipv6": None}, ()
    needed = [number for number in (*ERRORS, *DISCOVERY) if number != 133 or forwarding]
    return judge(ruleset, needed)


def judge(
    ruleset: Iterable[Mapping[str, Any]], needed: Iterable[int]
) -> tuple[Drops, tuple[int, ...]]:
    """The same for a ruleset as `nft -j list ruleset` prints it."""
    chains = _Chains(ruleset)
    drops: Drops = {family: any(chains.drops(family)) for family in FAMILIES}
    lost = {number for base in chains.inputs("ipv6") for number in chains.lost(base, needed)}
    return drops, tuple(sorted(lost))


class _Chains:
    """Chains with their rules by (table family, table, name)."""

    def __init__(self, ruleset: Iterable[Mapping[str, Any]]) -> None:
        self._bases: list[tuple[str, str, str]] = []
        self._policies: dict[tuple[str, str, str], str] = {}
        self._rules: dict[tuple[str, str, str], list[Rule]] = {}
        for entry in ruleset:
            if chain := entry.get("chain"):
                key = (chain["family"], chain["table"], chain["name"])
                if chain.get("type") == "filter" and chain.get("hook") == "input":
                    self._bases.append(key)
                    self._policies[key] = str(chain.get("policy", "accept"))
            elif rule := entry.get("rule"):
                key = (rule["family"], rule["table"], rule["chain"])
                self._rules.setdefault(key, []).append(list(rule.get("expr", ())))

    def inputs(self, family: Family) -> list[tuple[str, str, str]]:
        return [key for key in self._bases if family in OF_TABLES.get(key[0], ())]

    def drops(self, family: Family) -> Iterator[bool]:
        for base in self.inputs(family):
            yield self._policies[base] == "drop"
            for rule in self._reached(base, 0):
                if family in _families(rule, base[0]):
                    yield any("drop" in part or "reject" in part for part in rule)

    def lost(self, base: tuple[str, str, str], needed: Iterable[int]) -> set[int]:
        """Types that this base chain keeps out, whatever else they match."""
        left = set(needed)
        lost: set[int] = set()
        for rule in self._reached(base, 0):
            if "ipv6" not in _families(rule, base[0]):
                continue
            if any(isinstance(part.get("vmap"), dict) for part in rule):
                return lost  # verdicts by a map: what comes after is not sure
            if any("accept" in part for part in rule):
                left -= _accepted(rule, left)
            elif any("drop" in part or "reject" in part for part in rule):
                hit = _hit(rule, left)
                lost |= hit
                left -= hit
        return lost | (left if self._policies[base] == "drop" else set())

    def _reached(self, key: tuple[str, str, str], depth: int) -> Iterator[Rule]:
        for rule in self._rules.get(key, ()):
            yield rule
            for part in rule:
                step = part.get("jump") or part.get("goto")
                if isinstance(step, dict) and depth < MAX_DEPTH:
                    yield from self._reached((*key[:2], str(step.get("target"))), depth + 1)


def _families(rule: Rule, table: str) -> tuple[Family, ...]:
    """The families to which a rule of a table can apply."""
    for left, operator, right in _matches(rule):
        if operator != "==":
            continue
        if left.get("meta", {}).get("key") == "nfproto":
            return ("ipv4",) if right == "ipv4" else ("ipv6",)
        protocol = left.get("payload", {}).get("protocol")
        if protocol in ("ip", "icmp"):
            return ("ipv4",)
        if protocol in ("ip6", "icmpv6"):
            return ("ipv6",)
    return OF_TABLES.get(table, ())


def _accepted(rule: Rule, types: set[int]) -> set[int]:
    """Of these types, those that an accepting rule may let in, in some case at least."""
    found = set(types)
    for left, _, right in _matches(rule):
        if _is_icmpv6_type(left):
            found &= _numbers(right)
        elif left.get("meta", {}).get("key") == "l4proto" or _is_next_header(left):
            found &= types if _values(right) & {"ipv6-icmp", "icmpv6", "58"} else set()
        elif left.get("ct", {}).get("key") == "state":
            states = _values(right)
            found &= (set(ERRORS) if "related" in states else set()) | (
                set(DISCOVERY) if states & {"untracked", "new"} else set()
            )
        elif left.get("payload", {}).get("protocol") in _OTHERS or _is_loopback(left, right):
            return set()
    return found


def _hit(rule: Rule, types: set[int]) -> set[int]:
    """Of these types, those that a dropping rule keeps out in every case."""
    found = set(types)
    for left, operator, right in _matches(rule):
        if _is_icmpv6_type(left) and operator in ("==", "in"):
            found &= _numbers(right)
        elif left.get("meta", {}).get("key") == "l4proto" and operator == "==":
            found &= types if _values(right) & {"ipv6-icmp", "icmpv6", "58"} else set()
        elif left.get("meta", {}).get("key") != "nfproto":
            return set()
    return set() if any("limit" in part for part in rule) else found


def _matches(rule: Rule) -> Iterator[tuple[dict[str, Any], str, Any]]:
    for part in rule:
        match = part.get("match")
        if isinstance(match, dict) and isinstance(match.get("left"), dict):
            yield match["left"], str(match.get("op", "==")), match.get("right")


def _is_icmpv6_type(left: Mapping[str, Any]) -> bool:
    payload = left.get("payload", {})
    return (payload.get("protocol"), payload.get("field")) == ("icmpv6", "type")


def _is_next_header(left: Mapping[str, Any]) -> bool:
    payload = left.get("payload", {})
    return (payload.get("protocol"), payload.get("field")) == ("ip6", "nexthdr")


def _is_loopback(left: Mapping[str, Any], right: Any) -> bool:
    return bool(left.get("meta", {}).get("key") == "iifname" and right == "lo")


def _values(right: Any) -> set[str]:
    if isinstance(right, dict):
        right = right.get("set", ())
    if isinstance(right, list):
        return {str(one) for one in right}
    return {str(right)}


def _numbers(right: Any) -> set[int]:
    """The types that the right side of a match stands for; a named set may hold any."""
    if isinstance(right, str) and right.startswith("@"):
        return {*ERRORS, *DISCOVERY}
    names = {name: number for number, name in {**ERRORS, **DISCOVERY}.items()}
    given = right.get("set", [right]) if isinstance(right, dict) else right
    found: set[int] = set()
    for one in given if isinstance(given, list) else [given]:
        bounds = one.get("range") if isinstance(one, dict) else [one, one]
        ends = [names.get(end, end) for end in bounds] if isinstance(bounds, list) else []
        numbers = [end for end in ends if isinstance(end, int)]
        if len(numbers) == 2:
            found.update(range(numbers[0], min(numbers[1], 255) + 1))
    return found


def _ruleset() -> list[dict[str, Any]] | None:
    program = which("nft") or which("nft", path="/usr/sbin:/sbin")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-j", "list", "ruleset"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        if len(done.stdout) > MAX_BYTES:
            return None
        found = msgspec.json.decode(done.stdout)["nftables"]
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError, KeyError, TypeError):
        return None
    return [entry for entry in found if isinstance(entry, dict)]


def _has_legacy(read: Read) -> bool:
    """Whether tables of iptables-legacy are loaded, of which nft knows nothing."""
    return any((read(f"{NET}/{name}") or "").strip() for name in _LEGACY)


_LEGACY = ("ip_tables_names", "ip6_tables_names")
