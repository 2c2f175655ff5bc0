"""The rules: read from the data files when first needed, compiled once, looked up by place.

A row says where it looks (a place), what it looks for, which kind that speaks for and how much, and
where the fact is from. Patterns are lower-case and meet lower-case text. Three ways to look:

* whole: the text as it is (ports, service types, capabilities, groups, roles);
* start: how the text begins (vendors, as the registry of the IEEE spells them);
* pattern: a regular expression anywhere in the text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from inventory.snapshot import DeviceKind, KindReason

Place = Literal[
    "vendor", "tcp", "udp", "mdns", "txt", "instance", "ssdp", "ssdp_server", "wsd", "dhcp",
    "dhcp_options", "dhcpv6", "dhcpv6_enterprise", "lldp", "cdp", "announced", "group", "title",
    "http_server", "ssh", "banner", "tls", "snmp", "enterprise", "name", "device_type",
    "manufacturer", "model", "role",
]  # fmt: skip
PLACES: tuple[Place, ...] = get_args(Place)

# What each place is called in a sentence of evidence.
LABELS: Mapping[Place, str] = {
    "vendor": "maker of its MAC", "tcp": "open TCP port", "udp": "open UDP port",
    "mdns": "mDNS service", "txt": "mDNS text", "instance": "mDNS service name",
    "ssdp": "SSDP type", "ssdp_server": "SSDP server", "wsd": "WS-Discovery type",
    "dhcp": "DHCP vendor class", "dhcp_options": "DHCP options asked for, in order",
    "dhcpv6": "DHCPv6 vendor class", "dhcpv6_enterprise": "DHCPv6 enterprise",
    "lldp": "LLDP capability", "cdp": "CDP capability", "announced": "LLDP or CDP description",
    "group": "listens to group", "title": "title of its web page", "http_server": "web server",
    "ssh": "SSH banner", "banner": "banner", "tls": "certificate's name",
    "snmp": "SNMP description", "enterprise": "SNMP engine of enterprise", "name": "name",
    "device_type": "says that it is a", "manufacturer": "says its maker is",
    "model": "says its model is", "role": "role",
}  # fmt: skip

# Evidence of one origin counts once per kind: three names are no surer than one.
_ORIGINS: Mapping[Place, str] = {
    "tcp": "ports", "udp": "ports", "mdns": "mdns", "txt": "mdns", "instance": "mdns",
    "ssdp": "ssdp", "ssdp_server": "ssdp", "dhcp": "dhcp", "dhcp_options": "dhcp",
    "dhcpv6_enterprise": "dhcpv6", "lldp": "link", "cdp": "link", "announced": "link",
    "title": "web", "http_server": "web", "tls": "web", "ssh": "banner", "banner": "banner",
    "snmp": "snmp", "enterprise": "snmp", "device_type": "make", "manufacturer": "make",
    "model": "make",
}  # fmt: skip
_WHOLE = frozenset(
    {"tcp", "udp", "mdns", "wsd", "dhcpv6_enterprise", "lldp", "cdp", "group", "enterprise", "role"}
)
_START = frozenset({"vendor"})

TEXT_LIMIT = 256
_QUOTE_LIMIT = 80
_REMEMBERED = 2048  # the texts that thousands of devices repeat, and the latest of the others
_TEXT_KEYS = re.compile(r"\^(?:\(\??:?)?([\w|-]+)\)?=")


class Rule(msgspec.Struct, frozen=True):
    """One row. `unless` and `needs` are names of other rules whose text was, or was not, there."""

    name: str
    place: Place
    match: str
    kind: DeviceKind
    weight: float
    source: str
    origin: str
    os: str = ""
    unless: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    example: str = ""


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A rule that fits a text, with the reason as it is shown."""

    rule: Rule
    reason: KindReason


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as a data file has it."""

    match: str
    kind: DeviceKind
    weight: float
    name: str = ""
    source: str = ""
    os: str = ""
    unless: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    example: str = ""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of one place; `source` holds for those that name none."""

    place: Place
    rows: tuple[Row, ...]
    source: str = ""
    origin: str = ""


FactName = Literal["model", "serial", "firmware", "os"]


class FactRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pattern whose first group is a fact, put into `gives`; upper and lower case are alike."""

    fact: FactName
    match: str
    example: str
    gives: str = "{}"


class FactGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of one place."""

    place: Place
    source: str
    rows: tuple[FactRow, ...]


class DataFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data file: rules, facts, and to what share one kind explains evidence for another."""

    group: tuple[Group, ...] = ()
    facts: tuple[FactGroup, ...] = ()
    explains: dict[DeviceKind, dict[DeviceKind, float]] = {}


class _Patterns(msgspec.Struct, frozen=True):
    """Patterns of one place: `any` tells in one go whether one of `each` may fit."""

    any: Callable[[str], object]
    each: tuple[tuple[Callable[[str], object], Rule], ...]


class Table:
    """All rules, ready to be looked up.

    `told` and `stated` take a place and a text, and remember what they were asked, within a bound.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        facts: Iterable[FactGroup],
        explains: Mapping[DeviceKind, Mapping[DeviceKind, float]],
    ) -> None:
        self.rules = tuple(rules)
        self.facts = tuple(facts)
        self.explains = explains
        by_place: dict[Place, list[Rule]] = {place: [] for place in PLACES}
        for rule in self.rules:
            by_place[rule.place].append(rule)
        self._whole: dict[tuple[Place, str], tuple[Rule, ...]] = {}
        self._start: dict[Place, tuple[Rule, ...]] = {}
        self._patterns: dict[Place, tuple[_Patterns, ...]] = {}
        for place, rows in by_place.items():
            if place in _WHOLE:
                for rule in rows:
                    key = (place, rule.match)
                    self._whole[key] = (*self._whole.get(key, ()), rule)
            elif place in _START:
                self._start[place] = tuple(rows)
            elif rows:
                self._patterns[place] = _patterns(rows)
        self._stating: dict[Place, list[tuple[re.Pattern[str], FactRow]]] = {}
        for group in self.facts:
            self._stating.setdefault(group.place, []).extend(
                (re.compile(row.match, re.IGNORECASE), row) for row in group.rows
            )
        self.fact_places = frozenset(self._stating)
        of_text = [rule.match for rule in by_place["txt"]]
        of_text += [row.match for _, row in self._stating.get("txt", ())]
        self.text_keys = _text_keys(of_text)
        self.told = lru_cache(maxsize=_REMEMBERED)(self._told)
        self.stated = lru_cache(maxsize=_REMEMBERED)(self._stated)

    def _told(self, place: Place, text: str) -> tuple[Hit, ...]:
        """Each rule of a place that fits a text, with its reason."""
        lower = text[:TEXT_LIMIT].lower()
        if place in _WHOLE:
            fitting: Iterable[Rule] = self._whole.get((place, lower), ())
        elif place in _START:
            fitting = [r for r in self._start.get(place, ()) if lower.startswith(r.match)]
        else:
            fitting = [
                rule
                for patterns in self._patterns.get(place, ())
                if patterns.any(lower)
                for fits, rule in patterns.each
                if fits(lower)
            ]
        said = text if len(text) <= _QUOTE_LIMIT else f"{text[:_QUOTE_LIMIT]}…"
        evidence = f"{LABELS[place]} {said}" if place in _WHOLE else f"{LABELS[place]} “{said}”"
        return tuple(
            Hit(rule, KindReason(rule.kind, rule.weight, evidence, rule.name)) for rule in fitting
        )

    def _stated(self, place: Place, text: str) -> tuple[tuple[FactName, str], ...]:
        """The facts that a text of a place names."""
        clipped = text[:TEXT_LIMIT]
        found = ((row, pattern.search(clipped)) for pattern, row in self._stating.get(place, ()))
        return tuple(
            (row.fact, row.gives.format(match[1].strip())) for row, match in found if match
        )


@cache
def table() -> Table:
    """The table of the data files; read on the first call."""
    import tomllib

    rules: list[Rule] = []
    facts: list[FactGroup] = []
    explains: dict[DeviceKind, dict[DeviceKind, float]] = {}
    for file in sorted((Path(__file__).parent / "data").glob("*.toml")):
        read = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), DataFile)
        rules += (_rule(group, row) for group in read.group for row in group.rows)
        facts += read.facts
        explains.update(read.explains)
    return Table(_linked(rules), facts, explains)


def _text_keys(patterns: Iterable[str]) -> frozenset[str]:
    """The keys of mDNS texts (`key=value`) that any pattern looks at."""
    keys: set[str] = set()
    for pattern in patterns:
        found = _TEXT_KEYS.match(pattern)
        if found is None:
            raise ValueError(f"{pattern} does not begin with the key of an mDNS text")
        keys.update(found[1].lower().split("|"))
    return frozenset(keys)


def _patterns(rows: Iterable[Rule]) -> tuple[_Patterns, ...]:
    """Those that fit the start of a text apart: searching would try them at every character."""
    bound: list[Rule] = []
    loose: list[Rule] = []
    for rule in rows:
        (bound if _is_bound(rule.match) else loose).append(rule)
    made = []
    for group, is_bound in ((bound, True), (loose, False)):
        if group:
            combined = re.compile("|".join(f"(?:{rule.match})" for rule in group))
            each = [(re.compile(rule.match), rule) for rule in group]
            made.append(
                _Patterns(combined.match, tuple((one.match, rule) for one, rule in each))
                if is_bound
                else _Patterns(combined.search, tuple((one.search, rule) for one, rule in each))
            )
    return tuple(made)


def _is_bound(pattern: str) -> bool:
    """Whether a pattern can fit at the start of a text only."""
    depth = 0
    branches = [""]
    for character in re.sub(r"\\.|\[[^\]]*\]", "x", pattern):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            branches.append("")
        else:
            branches[-1] += character
    return all(branch.startswith("^") for branch in branches)


def _rule(group: Group, row: Row) -> Rule:
    place = group.place
    return Rule(
        name=row.name or f"{place}.{row.match}",
        place=place,
        match=row.match,
        kind=row.kind,
        weight=row.weight,
        source=row.source or group.source,
        origin=group.origin or _ORIGINS.get(place, place),
        os=row.os,
        unless=frozenset(row.unless),
        needs=frozenset(row.needs),
        example=row.example,
    )


def _linked(rules: list[Rule]) -> list[Rule]:
    """Spell out `windows.*` in `unless` and `needs`; ValueError for a rule that is not there."""
    names = [rule.name for rule in rules]

    def spelt(wanted: frozenset[str], of: str) -> frozenset[str]:
        found: set[str] = set()
        for one in wanted:
            fits = (
                [name for name in names if name.startswith(one[:-1])]
                if one.endswith("*")
                else [name for name in names if name == one]
            )
            if not fits:
                raise ValueError(f"rule {of} names {one}, which is no rule")
            found.update(fits)
        return frozenset(found)

    return [
        msgspec.structs.replace(
            rule, unless=spelt(rule.unless, rule.name), needs=spelt(rule.needs, rule.name)
        )
        if rule.unless or rule.needs
        else rule
        for rule in rules
    ]
