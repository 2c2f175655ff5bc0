"""What the agent needs of a machine, examined without sending anything."""

import errno
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from agent.config.paths import beside, store_path
from agent.config.sections import Config
from agent.config.values import parse_listen
from agent.scope import holds_one_of
from collectors.scope import Link

# Before this the clock of a machine without a battery stands after a cold start.
EARLIEST_SANE = 1_767_225_600.0  # 2026-01-01
LEAST_FREE_BYTES = 100 << 20
PROC = Path("/proc")


class Result(msgspec.Struct, frozen=True):
    """One thing examined. `missing`: the agent cannot do its job; `note`: it could do more."""

    name: str
    verdict: Literal["ok", "note", "missing"]
    found: str
    remedy: str = ""


Examination = Callable[[Config], list[Result]]


def examine(config: Config) -> tuple[Result, ...]:
    """Examine the machine for a config; an examination that itself fails is reported as a note."""
    results: list[Result] = []
    for examination in EXAMINATIONS:
        try:
            results += examination(config)
        except OSError as error:
            name = examination.__name__.lstrip("_").replace("_", " ")
            results.append(Result(name, "note", f"cannot be examined: {error.strerror or error}"))
    return tuple(results)


def _raw_sockets(config: Config) -> list[Result]:
    name = "raw sockets"
    if config.tap.socket:
        return [_tap_service(config.tap.socket)]
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EACCES):
            raise
        return [
            Result(
                name,
                "missing",
                "this user may not open them, so no ARP, ND, MLD or DHCP is seen",
                "run it as root, or start the service lanwarden-tap and set tap.socket",
            )
        ]
    return [Result(name, "ok", "may be opened")]


def _tap_service(path: str) -> Result:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(path)
        except OSError as error:
            return Result(
                "tap service",
                "missing",
                f"nothing answers at {path}: {error.strerror or error}",
                "systemctl enable --now lanwarden-tap",
            )
    return Result("tap service", "ok", f"answers at {path}")


def _interfaces(config: Config) -> list[Result]:
    from collectors.contract import CollectorError
    from collectors.netlink import network_suggestions, read_links

    try:
        links = read_links()
        suggestions = network_suggestions()
    except CollectorError as error:
        return [Result("interfaces", "missing", str(error))]
    ethernet = [link for link in links if link.mac]
    if not ethernet:
        return [Result("interfaces", "missing", "no Ethernet interface is up", "ip link set … up")]
    listing = ", ".join(link.interface for link in ethernet)
    results = [Result("interfaces", "ok", f"up: {listing}")]
    absent = set(config.tap.interfaces) - {link.interface for link in links}
    if absent:
        results.append(
            Result(
                "interfaces",
                "missing",
                f"tap.interfaces names {', '.join(sorted(absent))}, which is not up",
                f"name one of: {listing}",
            )
        )
    return [*results, *_scope(config, links, suggestions)]


def _scope(config: Config, links: tuple[Link, ...], suggestions: tuple[str, ...]) -> list[Result]:
    if not config.scope.networks:
        options = " ".join(f"--network {text}" for text in suggestions[:6]) or "none is at hand"
        found = "no network is named, so nothing is probed"
        return [Result("scope", "note", found, f"name them in [scope] networks, or: {options}")]
    results = []
    for network in config.scope.networks:
        holders = [link.interface for link in links if holds_one_of(link, (network,))]
        if holders:
            results.append(Result("scope", "ok", f"{network} is on {', '.join(holders)}"))
        else:
            results.append(
                Result(
                    "scope",
                    "note",
                    f"{network} is on no own interface: no ARP or ND, echo and TCP only",
                    "give this machine an address in it for the whole picture",
                )
            )
    return results


def _ipv6(_: Config) -> list[Result]:
    switch = PROC / "sys/net/ipv6/conf/all/disable_ipv6"
    if not switch.exists():
        return [
            Result(
                "ipv6",
                "missing",
                "the kernel was started without IPv6",
                "remove ipv6.disable=1 from the kernel command line",
            )
        ]
    off = [
        path.parent.name
        for path in (PROC / "sys/net/ipv6/conf").glob("*/disable_ipv6")
        if path.parent.name not in ("default", "lo") and path.read_text().strip() == "1"
    ]
    if off:
        names = ", ".join(sorted(off))
        return [
            Result(
                "ipv6",
                "missing",
                f"switched off on {names}: IPv6 devices there stay unseen",
                f"sysctl net.ipv6.conf.{min(off)}.disable_ipv6=0",
            )
        ]
    return [Result("ipv6", "ok", "switched on")]


def _state(config: Config) -> list[Result]:
    path = store_path(config, os.environ, os.geteuid() == 0)
    place = path.parent
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        remedy = f"install -d -o $(id -un) {path.parent}   (as root), or set agent.state_directory"
        return [Result("state directory", "missing", f"{place} cannot be written", remedy)]
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE_BYTES:
        found = f"{free >> 20} MiB free in {place}"
        return [Result("state directory", "missing", found, "make room there")]
    return [Result("state directory", "ok", str(path.parent)), *_store(path)]


def _store(path: Path) -> list[Result]:
    from inventory.store import Store, StoreError

    if not path.exists():
        return [Result("store", "ok", f"{path} is made at the first start")]
    try:
        store = Store.open_readonly(path)
        try:
            saved = store.load()
        finally:
            store.close()
    except StoreError as error:
        return [Result("store", "missing", str(error))]
    return [Result("store", "ok", f"{path} holds {len(saved.devices)} devices")]


def _clock(_: Config) -> list[Result]:
    now = time.time()
    if now < EARLIEST_SANE:
        found = f"stands at {time.strftime('%Y-%m-%d', time.gmtime(now))}"
        return [Result("clock", "missing", found, "timedatectl set-ntp true")]
    if _is_synchronised() is False:
        found = "the kernel does not hold it for synchronised"
        return [Result("clock", "note", found, "timedatectl set-ntp true")]
    return [Result("clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S %Z"))]


def _is_synchronised() -> bool | None:
    """Whether the kernel holds its clock for synchronised (adjtimex(2)); None: it does not say."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.create_string_buffer(512))  # all zero: only asks
    return None if state < 0 else bool(state != 5)  # TIME_ERROR


def _resolvers(_: Config) -> list[Result]:
    path = Path("/etc/resolv.conf")
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    servers = [line.split()[1] for line in lines if line.startswith("nameserver ")]
    if not servers:
        found = f"{path} names none, so there are no names from DNS"
        return [Result("resolvers", "note", found, "name the office's DNS server there")]
    return [Result("resolvers", "ok", ", ".join(servers[:4]))]


def _echoes(config: Config) -> list[Result]:
    name = "echo requests"
    if not (config.ipv6.anchors and config.ipv6.internet):
        return []
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6).close()
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EACCES):
            raise
        found = "this user may not send them, so the path MTU to the anchors is not judged"
        return [Result(name, "note", found, _allow_echoes())]
    return [Result(name, "ok", "may be sent")]


def _allow_echoes() -> str:
    """The command that lets the agent's group send echo requests; who may already, still may."""
    import grp

    try:
        group = grp.getgrnam("lanwarden").gr_gid
    except KeyError:
        group = os.getegid()
    setting = "net.ipv4.ping_group_range"
    try:
        low, high = map(int, (PROC / "sys/net/ipv4/ping_group_range").read_text().split())
    except (OSError, ValueError):
        low, high = 1, 0
    # An empty range, the kernel's own default, is 1 to 0.
    low, high = (group, group) if low > high else (min(low, group), max(high, group))
    line = f"{setting} = {low} {high}"
    return f'echo "{line}" > /etc/sysctl.d/60-lanwarden.conf && sysctl --system'


def _web(config: Config) -> list[Result]:
    results = []
    for text in config.web.listen:
        host, port = parse_listen(text)
        family = socket.AF_INET if host and ":" not in host else socket.AF_INET6
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                results.append(_taken(text, error))
            else:
                results.append(Result("web", "ok", f"{text} is free"))
    if config.web.web_config_file:
        from agent.web.webconfig import WebConfigError, read_web_config

        try:
            read_web_config(beside(config, config.web.web_config_file))
        except WebConfigError as error:
            results.append(Result("web", "missing", str(error)))
    return results


def _taken(text: str, error: OSError) -> Result:
    if error.errno == errno.EADDRINUSE:
        found = f"{text} is taken, perhaps by an agent that runs already"
        return Result("web", "note", found, "ss -ltnp shows by whom; web.listen takes another")
    found = f"{text}: {error.strerror}"
    return Result("web", "missing", found, "choose another in web.listen")


def _neighbour_table(config: Config) -> list[Result]:
    import ipaddress

    path = PROC / "sys/net/ipv4/neigh/default/gc_thresh3"
    limit = int(path.read_text())
    networks = map(ipaddress.ip_network, config.scope.networks)
    wanted = sum(one.num_addresses for one in networks if one.version == 4)
    if wanted > limit:
        return [
            Result(
                "neighbour table",
                "note",
                f"holds {limit} entries, the scope has {wanted} IPv4 addresses",
                f"sysctl net.ipv4.neigh.default.gc_thresh3={max(4096, 2 * wanted)}",
            )
        ]
    return [Result("neighbour table", "ok", f"holds {limit} entries")]


EXAMINATIONS: tuple[Examination, ...] = (
    _raw_sockets,
    _interfaces,
    _ipv6,
    _state,
    _clock,
    _resolvers,
    _echoes,
    _web,
    _neighbour_table,
)
