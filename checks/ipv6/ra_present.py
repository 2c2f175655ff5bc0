"""A network needs a router that announces itself over IPv6."""

from collections.abc import Iterator
from typing import Any

from checks.routers import advertise, default_routers, describe_all, in_force, silence
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.ra_present",
    title="A router advertises IPv6 on the network",
    severity=Severity.HIGH,
    reference="RFC 4861 §6.2",
    remedy="Enable router advertisements for the network's /64 on its router.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    routers = default_routers(network, snapshot.taken_at)
    if routers:
        return CHECK.passed(
            network, f"{_who(routers)} {advertise(routers)} IPv6", routers=describe_all(routers)
        )
    control = silence(snapshot, network)
    if control is not None:
        return CHECK.unknown(network, control.reason, control.summary, **_controls(network))
    heard = describe_all(network.routers)
    if in_force(network.routers, snapshot.taken_at):  # all with lifetime 0 (RFC 4861 §4.2)
        return CHECK.warned(
            network,
            "routers advertise, but none offers itself as the default router",
            routers=heard,
            **_controls(network),
        )
    return CHECK.failed(
        network,
        _silence_of(network),
        routers_expired=heard,
        **_controls(network),
    )


def _silence_of(network: Network) -> str:
    if not network.routers:
        return f"no router answered {network.solicitations} solicitations"
    last = max(network.routers, key=lambda router: router.last_seen)
    left = "withdrew itself" if last.withdrawn else "is silent, and its lifetime has run out"
    return f"no router advertises any more: {last.address} {left}"


def _who(routers: tuple[Router, ...]) -> str:
    return " and ".join(router.address for router in routers[:2])


def _controls(network: Network) -> dict[str, Any]:
    return {"solicitations": network.solicitations, "listened_s": round(network.listened_s)}
