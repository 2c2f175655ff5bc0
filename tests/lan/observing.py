"""Runs collectors in the agent's namespace of a lab, as if discovery had been perfect."""

import asyncio
import gc
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from agent.lab import Host, Lan, LanPlan
from collectors import netlink
from collectors.contract import Context, Limits, Target
from collectors.observation import AnyObservation
from collectors.scope import Scope

Collect = Callable[[Context], AsyncIterator[AnyObservation]]

NETWORKS = ("10.66.7.0/24", "2001:db8:66:7::/64")
FAST = Limits(
    connections_per_second=math.inf,
    attempts_per_second=math.inf,
    devices_in_parallel=64,
    device_gap_s=0.02,
)

DAEMONS = LanPlan(
    agent=Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2"),
    hosts=(
        Host(name="srv-ssh", kind="server", mac="0c:c4:7a:00:07:10", ipv4="10.66.7.10"),
        Host(name="srv-web", kind="server", mac="0c:c4:7a:00:07:11", ipv4="10.66.7.11"),
        Host(name="srv-name", kind="server", mac="0c:c4:7a:00:07:12", ipv4="10.66.7.12"),
        Host(name="pc-quiet", kind="workstation", mac="0c:c4:7a:00:07:13", ipv4="10.66.7.13"),
    ),
)


def targets(lan: Lan) -> tuple[Target, ...]:
    """Every host with all its addresses, as a perfect discovery would know it."""
    found = []
    for host in lan.hosts.values():
        truth = host.truth()
        link_local = [f"{own}%eth0" if own.startswith("fe80") else own for own in truth.ipv6]
        found.append(
            Target(
                device=f"d-{host.name}",
                addresses=(*truth.ipv4, *link_local),
                mac=truth.mac,
                interface="eth0",
                kind=truth.kind,
            )
        )
    return tuple(found)


def observed(
    lan: Lan,
    collect: Collect,
    *,
    known: tuple[Target, ...] | None = None,
    limits: Limits = FAST,
    networks: tuple[str, ...] = NETWORKS,
    **options: object,
) -> list[AnyObservation]:
    """Run a collector in the agent's namespace; nothing of it may stay open."""

    def inside() -> list[AnyObservation]:
        async def main() -> list[AnyObservation]:
            async with aclosing(collect(made)) as observations:  # type: ignore[type-var]
                found = [item async for item in observations]
            assert len(asyncio.all_tasks()) == 1
            return found

        made = Context(
            scope=Scope(networks=networks, links=netlink.read_links(networks)),
            limits=limits,
            tap=None,
            tap_missing="a test",
            targets=targets(lan) if known is None else known,
            progress=lambda done, total: None,
            clock=time.time,
            options=options,
        )
        found = asyncio.run(main())
        gc.collect()  # a socket that was left open warns, and warnings are errors
        return found

    return lan.agent.enter(inside)
