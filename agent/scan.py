"""One complete pass: the collectors in their order, each fed with what those before it found."""

import asyncio
import ipaddress
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from agent.runner import Runner
from collectors import catalogue
from collectors.contract import Collector, Context, Limits, Tap, Target
from collectors.scope import Network, Scope
from inventory.snapshot import CollectorRun

# A stage begins when the one before has ended. Its chains run side by side; so do the collectors
# of one step of a chain. Later ones ask the devices that earlier ones found.
Chain = tuple[tuple[str, ...], ...]
STAGES: tuple[tuple[Chain, ...], ...] = (
    ((("netlink",),),),
    ((("arp", "echo", "link_query"),), (("host",),), (("resolver_log",),)),
    (
        (("solicit",), ("neighbours",), ("mdns", "nbns", "reverse_dns", "ssdp", "wsd")),
        (("tcp",), ("ssh_key", "tls_key", "http_page"), ("parity",), ("snmp_community",)),
        (("snmp_engine",), ("snmp_ipv6",)),
        (("nd_compare",),),
        (("dhcp_census",), ("resolvers",), ("anchors",)),
    ),
    # Last the own stack: what was sent until then tells whether the routers are alive.
    ((("device_names",), ("stack",)), (("domains",),)),
)
DISCOVERY = frozenset(
    {
        "netlink", "arp", "echo", "link_query", "solicit", "neighbours", "mdns", "nbns",
        "reverse_dns", "ssdp", "wsd", "host",
    }
)  # fmt: skip
POSTURE = frozenset({"tcp", "ssh_key", "tls_key", "http_page", "snmp_engine", "snmp_community"})
IPV6_LIGHT = frozenset(
    {"resolvers", "anchors", "device_names", "stack", "dhcp_census", "nd_compare"}
)
IPV6_FULL = IPV6_LIGHT | {"domains", "parity", "snmp_ipv6"}
TOLD = frozenset({"resolvers", "device_names", "anchors", "domains"})
WITH_LOGS = frozenset({"resolver_log"})  # part of every pass when logs are configured
# Of one scan: what takes long has a time of its own, or is asked for by name.
EVERYTHING = (DISCOVERY | POSTURE | IPV6_LIGHT) - {"dhcp_census"}

NEEDS_CONSENT = frozenset({"snmp_community"})

TIMEOUTS_S: Mapping[str, float] = {
    "netlink": 15, "neighbours": 15, "host": 30, "link_query": 60, "solicit": 180, "mdns": 60,
    "nbns": 120, "reverse_dns": 180, "tcp": 3600, "snmp_community": 900,
    "ssdp": 120, "wsd": 60, "ssh_key": 1800, "tls_key": 1800, "http_page": 1800, "snmp_engine": 300,
    "snmp_ipv6": 3600,
    "resolvers": 300, "device_names": 300, "anchors": 300, "stack": 30, "domains": 1800,
    "dhcp_census": 60, "nd_compare": 120,
    "parity": 3600, "resolver_log": 600,
}  # fmt: skip

Progress = Callable[[str, int, int], None]
Find = Callable[[str], Collector]


def find(name: str) -> Collector:
    """Return a collector from the catalogue."""
    return catalogue.by_name(name).load()


def silent(_name: str, _done: int, _total: int) -> None:
    """Show no progress."""


class Pass:
    """What a pass needs, all of it given; `run` makes one.

    `targets` gives the devices that are known by then; `consented` are the networks in which
    collectors that need the officer's consent may ask. `tap` gives the tap and, when there is
    none, why. `learnt` gives options for `TOLD` out of what is known when they begin.
    """

    def __init__(
        self,
        *,
        runner: Runner,
        scope: Scope,
        limits: Limits,
        pace_per_second: int,
        targets: Callable[[], Sequence[Target]],
        tap: Callable[[], tuple[Tap | None, str]],
        options: Mapping[str, object] | None = None,
        learnt: Callable[[], Mapping[str, object]] = dict,
        consented: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
        finder: Find = find,
    ) -> None:
        self._runner = runner
        self._scope = scope
        self._limits = limits
        self._pace = pace_per_second
        self._targets = targets
        self._tap = tap
        self._options = dict(options or {})
        self._learnt = learnt
        self._consented = tuple(map(ipaddress.ip_network, consented))
        self._clock = clock
        self._find = finder

    async def run(
        self,
        names: Collection[str] = EVERYTHING,
        *,
        interval_s: float | None = None,
        progress: Progress = silent,
    ) -> tuple[CollectorRun, ...]:
        """Run the named collectors; what could not run is recorded with the reason."""
        runs: list[CollectorRun] = []

        async def follow(chain: Chain) -> None:
            for step in chain:
                chosen = [name for name in step if name in names]
                runs.extend(
                    await asyncio.gather(
                        *(self._one(name, interval_s, progress) for name in chosen)
                    )
                )

        for stage in STAGES:
            await asyncio.gather(*map(follow, stage))
        return tuple(runs)

    async def _one(self, name: str, interval_s: float | None, progress: Progress) -> CollectorRun:
        entry = catalogue.by_name(name)
        tap, missing = self._tap()
        if entry.active and not self._scope.networks:
            return self._runner.skip(name, "no network is in scope", interval_s)
        if entry.needs_tap and tap is None:
            return self._runner.skip(name, f"no tap: {missing}", interval_s)
        context = Context(
            scope=self._scope,
            limits=self._limits,
            tap=tap,
            tap_missing=missing,
            targets=self._targets_of(name),
            progress=lambda done, total: progress(name, done, total),
            clock=self._clock,
            options={**self._options, **(self._learnt() if name in TOLD else {})},
        )
        timeout_s = timeout_of(name, self._scope, self._pace)
        return await self._runner.run(name, self._find(name), context, timeout_s, interval_s)

    def _targets_of(self, name: str) -> tuple[Target, ...]:
        targets = tuple(self._targets())
        if name not in NEEDS_CONSENT:
            return targets
        return tuple(target for target in targets if _is_inside(target, self._consented))


def timeout_of(name: str, scope: Scope, pace_per_second: int) -> float:
    """Return how long a collector may take at most; sweeps have three tries at every address."""
    if name in TIMEOUTS_S:
        return TIMEOUTS_S[name]
    addresses = sum(
        network.num_addresses
        for network in map(ipaddress.ip_network, scope.networks)
        if network.version == 4
    )
    return 30.0 + 4.0 * addresses / pace_per_second


def _is_inside(target: Target, networks: Sequence[Network]) -> bool:
    return any(
        ipaddress.ip_address(address) in network
        for address in target.addresses
        if "%" not in address
        for network in networks
    )
