"""Which DNS resolvers the own host asks, by its files (resolv.conf(5))."""

import ipaddress
from collections.abc import Callable
from pathlib import Path

RESOLV_CONF = "/etc/resolv.conf"
# Where systemd-resolved keeps the resolvers behind its stub (systemd-resolved.service(8)).
BEHIND_STUB = "/run/systemd/resolve/resolv.conf"
STUBS = frozenset({"127.0.0.53", "127.0.0.54"})
MAX_BYTES = 65536
MAX_RESOLVERS = 16

Read = Callable[[str], str | None]


def own_resolvers(read: Read | None = None) -> tuple[str, ...]:
    """Addresses in the host's order, link-local ones with their zone; empty when there are none.

    Behind a stub of systemd-resolved are those that it asks, where that can be read; else the stub.
    """
    reading = read or read_text
    listed = nameservers(reading(RESOLV_CONF) or "")
    if listed and STUBS.issuperset(listed):
        return nameservers(reading(BEHIND_STUB) or "") or listed
    return listed


def nameservers(text: str) -> tuple[str, ...]:
    """The usable addresses of `nameserver` lines, without duplicates."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver" and (address := _canonical(words[1])):
            found[address] = None
    return tuple(found)[:MAX_RESOLVERS]


def read_text(path: str) -> str | None:
    """The first 64 KiB of a file; None when there is none or it may not be read. Blocks."""
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return None


def _canonical(text: str) -> str:
    address, percent, zone = text.partition("%")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.is_multicast or parsed.is_unspecified:
        return ""
    return f"{parsed}{percent}{zone}"
