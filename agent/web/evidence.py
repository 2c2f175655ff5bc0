"""A finding's evidence for people: JSON values as labelled facts, bounded in depth and length."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agent.web.times import duration, moment

MOST_ITEMS = 16
MOST_CHARACTERS = 300
DEEPEST = 4
_WORDS = {
    "mac": "MAC", "macs": "MACs", "rdnss": "resolvers", "at": "seen", "ipv4": "IPv4",
    "ipv6": "IPv6", "mtu": "MTU", "dns": "DNS", "dhcp": "DHCP", "duid": "DUID",
    "snmp": "SNMP", "id": "id", "url": "URL",
}  # fmt: skip
_MOMENT = re.compile(r"(^|_)(at|seen)$")
_DURATION = re.compile(r"_(s|seconds)$")
_EARLIEST, _LATEST = 946_684_800, 32_503_680_000  # a time between the years 2000 and 3000


class Fact(msgspec.Struct, frozen=True):
    """A label with its value: text, or `rows` of further facts."""

    label: str
    text: str = ""
    rows: tuple[tuple["Fact", ...], ...] = ()


def facts(evidence: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return the evidence as facts, in its own order; empty text is left out."""
    return _facts(evidence, 0)


def _facts(values: Mapping[str, Any], depth: int) -> tuple[Fact, ...]:
    items = list(values.items())
    found = [_fact(key, value, depth) for key, value in items[:MOST_ITEMS] if value != ""]
    if len(items) > MOST_ITEMS:
        found.append(Fact("more", f"{len(items) - MOST_ITEMS} not shown"))
    return tuple(found)


def _fact(key: str, value: Any, depth: int) -> Fact:
    name = _label(key)
    if isinstance(value, Mapping):
        if not value:
            return Fact(name, "none")
        if depth >= DEEPEST:
            return Fact(name, "…")
        return Fact(name, rows=(_facts(value, depth + 1),))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(name, key, value, depth)
    return Fact(name, _plain(key, value))


def _list(name: str, key: str, values: Sequence[Any], depth: int) -> Fact:
    more = len(values) - MOST_ITEMS
    shown = values[:MOST_ITEMS]
    if not any(isinstance(one, Mapping | list | tuple) for one in shown):
        text = ", ".join(_plain(key, one) for one in shown) or "none"
        return Fact(name, f"{text} and {more} more" if more > 0 else text)
    if depth >= DEEPEST:
        return Fact(name, "…")
    rows = [
        _facts(one, depth + 1) if isinstance(one, Mapping) else (_fact("item", one, depth + 1),)
        for one in shown
    ]
    if more > 0:
        rows.append((Fact("more", f"{more} not shown"),))
    return Fact(name, rows=tuple(rows))


def _label(key: str) -> str:
    words = _DURATION.sub("", key).split("_")
    return " ".join(_WORDS.get(word, word) for word in words)


def _plain(key: str, value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(key, value)
    text = str(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def _number(key: str, value: float) -> str:
    if _MOMENT.search(key) and _EARLIEST <= value < _LATEST:
        return moment(value)
    if _DURATION.search(key) and 0 <= value < _LATEST:
        return duration(value)
    return str(value) if isinstance(value, int) else f"{value:.6g}"
