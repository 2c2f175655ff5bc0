"""Lines of resolvers' query logs: dnsmasq (`log-queries`, also `extra`) and unbound.

dnsmasq says `query[AAAA] NAME from CLIENT`, then `reply NAME is ADDRESS` or `is NODATA-IPv6`;
unbound says `info: CLIENT NAME. AAAA IN` (`log-queries`), and with `log-replies` the same with the
response code, the time and the size. What stands before is the syslog's or the program's own time.
"""

import ipaddress
import re
import time
from typing import Final, Literal

import msgspec

from collectors.observation import Family

MAX_LINE: Final = 2048
MAX_NAME: Final = 253  # RFC 1035 §2.3.4, as text

_QUERY: Final = re.compile(r"query\[(A|AAAA)\] (\S+) from (\S+)\s*$")
# A forwarded reply, the cache, /etc/hosts, DHCP leases and the configuration all end in `is`.
_ANSWER: Final = re.compile(
    r"(?:reply|cached|config|DHCP|validated reply|/\S+) (\S+) is "
    r"(<CNAME>|NODATA-IPv4|NODATA-IPv6|NODATA|NXDOMAIN|[0-9A-Fa-f.:]+)\s*$"
)
_UNBOUND: Final = re.compile(
    r"unbound\[\d+:[0-9a-f]+\] (?:info|query|reply): (\S+) (\S+) (A|AAAA) IN"
    r"(?: ([A-Z]+) [\d.]+ [01] \d+)?\s*$"
)
_EPOCH: Final = re.compile(r"\[(\d{9,11})\] ")
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)? ")
_SYSLOG: Final = re.compile(r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ")
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+")
_LACKS: Final[dict[str, tuple[Family, ...]]] = {
    "NODATA": ("ipv4", "ipv6"), "NODATA-IPv4": ("ipv4",), "NODATA-IPv6": ("ipv6",),
    "NXDOMAIN": ("ipv4", "ipv6"),
}  # fmt: skip


class Question(msgspec.Struct, frozen=True, gc=False):
    """A client asked for a name's addresses of one family.

    `rcode` is set in the lines of replies; with both kinds of line each question has two.
    `with_answers`: the log is of a kind that shows what was answered.
    """

    client: str
    name: str
    kind: Literal["A", "AAAA"]
    rcode: str = ""
    with_answers: bool = False


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What the resolver found for a name: an address, or families that it lacks.

    `alias`: it is another name for what the next answers are about.
    """

    name: str
    address: str = ""
    lacks: tuple[Family, ...] = ()
    alias: bool = False


def parse(line: str) -> Question | Answer | None:
    """What a line says; None for one that says nothing of the kind, or says it badly."""
    if len(line) > MAX_LINE:
        return None
    if "query[" in line:
        found = _QUERY.search(line)
        return _question(found[3], found[2], found[1], shows=True) if found else None
    if " is " in line:
        found = _ANSWER.search(line)
        return _answer(found[1], found[2]) if found else None
    if "unbound[" in line:
        found = _UNBOUND.search(line)
        return _question(found[1], found[2], found[3], found[4] or "") if found else None
    return None


def moment(line: str, now: float) -> float:
    """When a line was written, Unix seconds; `now` where it does not say, or says the future.

    Syslog's own form has no year and no zone: it is the last such moment, in local time.
    """
    at = _moment(line, now)
    return at if 0 < at <= now else now


def clean_name(text: str) -> str:
    """A host name in lower case without the dot at the end; empty when it is none."""
    name = text.lower().removesuffix(".")
    return name if len(name) <= MAX_NAME and _NAME.fullmatch(name) else ""


def _question(
    client: str, text: str, kind: str, rcode: str = "", *, shows: bool = False
) -> Question | None:
    name = clean_name(text)
    try:
        address = ipaddress.ip_address(client.partition("%")[0].partition("#")[0])
    except ValueError:
        return None
    if not name or address.is_loopback:
        return None
    return Question(str(address), name, "AAAA" if kind == "AAAA" else "A", rcode, shows)


def _answer(text: str, said: str) -> Answer | None:
    name = clean_name(text)
    if not name:
        return None
    if said in _LACKS:
        return Answer(name, lacks=_LACKS[said])
    if said == "<CNAME>":
        return Answer(name, alias=True)
    try:
        return Answer(name, str(ipaddress.ip_address(said)))
    except ValueError:
        return None


def _moment(line: str, now: float) -> float:
    if found := _EPOCH.match(line):
        return float(found[1])
    if found := _ISO.match(line):
        from datetime import datetime

        zone = "+00:00" if found[2] == "Z" else found[2] or ""
        try:
            return datetime.fromisoformat(found[1] + zone).timestamp()
        except (ValueError, OverflowError, OSError):
            return now
    if found := _SYSLOG.match(line):
        year = time.localtime(now).tm_year
        for candidate in (year, year - 1):
            try:
                parsed = time.strptime(f"{candidate} {found[1]}", "%Y %b %d %H:%M:%S")
                at = time.mktime(parsed)
            except (ValueError, OverflowError):
                continue
            if at <= now + 3600:
                return min(at, now)
    return now
