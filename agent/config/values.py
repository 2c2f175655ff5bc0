"""Readers of single config values: TOML in, checked value out; ValueError says what is wrong."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any, Literal, get_args

from inventory.snapshot import DeviceKind

Reader = Callable[[Any], Any]

MAX_DURATION_S = 366 * 86_400.0


def duration(value: Any) -> float:
    """Read `15s`, `5m`, `2h`, `1d`, `1h30m` or a number of seconds; return seconds, above zero."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a duration")
    seconds = _duration_text(value) if isinstance(value, str) else float(value)
    if not 0 < seconds <= MAX_DURATION_S:
        raise ValueError(f"{value!r} is not between 0 and 366 days")
    return seconds


def cidr(value: Any) -> str:
    """Read a network; host bits must be zero, as they are when the officer means a network."""
    text = _text(value)
    if "/" not in text:
        raise ValueError(f'"{text}" has no prefix length, as in "10.66.7.0/24"')
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_interface(text).network
    except ValueError:
        raise ValueError(f'"{text}" is not a network') from None
    raise ValueError(f'"{text}" is an address inside a network; did you mean "{meant}"?')


def networks(most: int) -> Reader:
    """Make a reader of at most `most` networks: CIDR, a range `A-B` or a pattern `10.66.7.*`.

    Ranges and patterns become the fewest networks that hold just their addresses.
    """

    def read(value: Any) -> tuple[str, ...]:
        found = [part for entry in listed(_text, most)(value) for part in _networks(entry)]
        if len(found) > most:
            raise ValueError(f"stands for {len(found)} networks, at most {most} are allowed")
        return tuple(dict.fromkeys(found))

    return read


def _networks(text: str) -> list[str]:
    if "*" not in text and "-" not in text:
        return [cidr(text)]
    import netaddr

    try:
        if "-" in text and "*" not in text:
            first, _, last = text.partition("-")
            blocks = netaddr.IPRange(first.strip(), last.strip()).cidrs()
        else:
            blocks = netaddr.glob_to_cidrs(text)
    except (netaddr.AddrFormatError, TypeError, ValueError, IndexError):
        raise ValueError(
            f'"{text}" is not a range such as "10.66.7.10-10.66.7.99" or "10.66.7.*"'
        ) from None
    return [str(block) for block in blocks]


def cron(value: Any) -> str:
    """Read a cron expression of five fields (minute hour day month weekday).

    A sixth field before them names seconds, for laboratories.
    """
    from datetime import UTC, datetime

    from cronsim import CronSim, CronSimError

    text = " ".join(_text(value).split())
    if len(text.split()) not in (5, 6):
        raise ValueError(f'"{text}" does not have five fields')
    try:
        next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f'"{text}": {str(error).lower()}') from None
    except StopIteration:
        raise ValueError(f'"{text}" never comes') from None
    return text


def mac(value: Any) -> str:
    """Read a MAC in any usual spelling; return it lower-case with colons."""
    digits = re.sub(r"[:.\-\s]", "", _text(value)).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        raise ValueError(f'"{value}" is not a MAC address')
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def router(value: Any) -> str:
    """Read what names a router: its MAC or its link-local address."""
    try:
        address = ipaddress.ip_address(_text(value))
    except ValueError:
        try:
            return mac(value)
        except ValueError:
            raise ValueError(f'"{value}" is neither a MAC nor an IPv6 address') from None
    if address.version != 6 or not address.is_link_local:
        raise ValueError(f'"{value}" is not link-local (fe80::…), as a router\'s own address is')
    return str(address)


def server(value: Any) -> str:
    """Read what names a DHCP server: its MAC or an address."""
    try:
        return str(ipaddress.ip_address(_text(value)))
    except ValueError:
        pass
    try:
        return mac(value)
    except ValueError:
        raise ValueError(f'"{value}" is neither a MAC nor an IP address') from None


def listen_address(value: Any) -> str:
    """Read `127.0.0.1:10460`, `[::1]:10460` or `:10460` (every address)."""
    parse_listen(_text(value))
    return _text(value)


def parse_listen(text: str) -> tuple[str, int]:
    """Split a listen address into host (empty: every address) and port; raises ValueError."""
    host, colon, port_text = text.rpartition(":")
    if not colon or not port_text.isascii() or not port_text.isdigit():
        raise ValueError(f'"{text}" has no port, as in "127.0.0.1:10460"')
    port = int(port_text)
    if not 1 <= port <= 65535:
        raise ValueError(f'"{text}": port {port} is not between 1 and 65535')
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ipaddress.ip_address(host).version != 6:
            raise ValueError(f'"{text}": only IPv6 addresses stand in brackets')
    elif ":" in host:
        raise ValueError(f'"{text}": an IPv6 address stands in brackets, as in "[::1]:{port}"')
    elif host:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(f'"{text}": "{host}" is not an IP address') from None
    return host, port


def address(value: Any) -> str:
    """Read an IPv4 or IPv6 address."""
    try:
        return str(ipaddress.ip_address(_text(value)))
    except ValueError:
        raise ValueError(f'"{value}" is not an IP address') from None


def prefix6(value: Any) -> str:
    """Read an IPv6 network."""
    text = cidr(value)
    if ":" not in text:
        raise ValueError(f'"{text}" is not an IPv6 network')
    return text


def host_port(value: Any) -> str:
    """Read `HOST:PORT`, the host a name or an address; an IPv6 address stands in brackets."""
    from collectors.places import split_host_port

    host, port = split_host_port(_text(value))
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def service(value: Any) -> str:
    """Read `NAME = HOST:PORT`, after the port `/udp` when it is not TCP."""
    name, host, port, transport = parse_service(_text(value))
    shown = f"[{host}]" if ":" in host else host
    return f"{name} = {shown}:{port}" + ("/udp" if transport == "udp" else "")


def parse_service(text: str) -> tuple[str, str, int, Literal["tcp", "udp"]]:
    """Split `NAME = HOST:PORT` into name, host, port and transport; raises ValueError."""
    from collectors.places import split_host_port

    name, equals, where = text.partition("=")
    if not equals:
        raise ValueError(f'"{text}" is not of the form "name = host:port"')
    where, slash, transport = where.strip().partition("/")
    if slash and transport not in ("tcp", "udp"):
        raise ValueError(f'"{text}": "{transport}" is neither tcp nor udp')
    host, port = split_host_port(where)
    return site(name), host, port, "udp" if transport == "udp" else "tcp"


def domain(value: Any) -> str:
    """Read the name of a domain: labels of letters, digits and hyphens (RFC 1035 §2.3.1)."""
    text = _text(value).strip().rstrip(".").lower()
    try:
        text = text.encode("idna").decode("ascii") if not text.isascii() else text
    except UnicodeError:
        raise ValueError(f'"{value}" is not the name of a domain') from None
    labels = text.split(".")
    good = all(re.fullmatch(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", label) for label in labels)
    if not good or len(labels) < 2 or len(text) > 253 or labels[-1].isdigit():
        raise ValueError(f'"{value}" is not the name of a domain')
    return text


def truth(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def device_kind(value: Any) -> str:
    """Read a device kind."""
    text = _text(value)
    if text not in get_args(DeviceKind):
        raise ValueError(f'"{text}" is not a device kind')
    return text


def interface(value: Any) -> str:
    """Read the name of a network interface (at most 15 bytes, no slash, no space)."""
    text = _text(value)
    if not 1 <= len(text.encode()) <= 15 or "/" in text or any(c.isspace() for c in text):
        raise ValueError(f'"{text}" cannot be the name of an interface')
    return text


def site(value: Any) -> str:
    """Read a short name: printable, one line, at most 64 characters."""
    text = _text(value).strip()
    if not text or len(text) > 64 or not text.isprintable():
        raise ValueError("must be 1 to 64 printable characters")
    return text


def line(value: Any) -> str:
    """Read one line of printable text, at most 200 characters; may be empty."""
    text = _text(value).strip()
    if len(text) > 200 or not (text.isprintable() or not text):
        raise ValueError("must be one line of at most 200 printable characters")
    return text


def boolean(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def path(value: Any) -> str:
    """Read a path; may be empty."""
    text = _text(value)
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return text


def listed(reader: Reader, most: int) -> Reader:
    """Make a reader of lists out of a reader of one value; at most `most`, duplicates dropped."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"{value!r} is not a list")
        if len(value) > most:
            raise ValueError(f"has {len(value)} entries, at most {most} are allowed")
        return tuple(dict.fromkeys(reader(entry) for entry in value))

    return read


def whole(least: int, most: int) -> Reader:
    """Make a reader of whole numbers between two bounds."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{value!r} is not a whole number")
        if not least <= value <= most:
            raise ValueError(f"{value} is not between {least} and {most}")
        return value

    return read


def table_of(reader: Reader, value_reader: Reader, most: int) -> Reader:
    """Make a reader of tables out of readers of one key and of one value."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"{value!r} is not a table")
        if len(value) > most:
            raise ValueError(f"has {len(value)} entries, at most {most} are allowed")
        return {str(reader(key)): value_reader(entry) for key, entry in value.items()}

    return read


def choice(*allowed: str) -> Reader:
    """Make a reader of one of a few words."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"{value!r} is not one of them")
        return str(value)

    return read


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)


def _duration_text(text: str) -> float:
    packed = text.replace(" ", "")
    if len(packed) > 40 or not re.fullmatch(rf"(?:{_PART.pattern})+", packed, re.ASCII):
        raise ValueError(f'"{text}" is not a duration')
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(packed))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text in quotes")
    return value
