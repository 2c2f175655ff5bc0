"""Who is there behind routers: ICMP echo to the routed IPv4 networks in scope (RFC 792)."""

from collections.abc import AsyncIterator
from typing import Final

from collectors.contract import Context, NoData
from collectors.observation import AnyObservation
from collectors.tap.messages import EchoSweep
from collectors.tap.scoping import known_in, require_sweepable, routed_networks, run_all

NAME: Final = "echo"


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Sweep the networks that ARP does not reach; what answers comes from the tap itself.

    Known addresses are asked a third time, and their silence is reported. Raises NoData without a
    tap or a routed network.
    """
    tap = context.tap
    if tap is None:
        raise NoData(context.tap_missing)
    networks = routed_networks(context.scope)
    if not networks:
        raise NoData("no IPv4 network in scope lies behind a router")
    addresses = [address for target in context.targets for address in target.addresses]
    command = EchoSweep(
        id=tap.next_id(),
        networks=require_sweepable(networks),
        exclude=context.scope.exclude,
        known=known_in(networks, addresses),
    )
    for observation in await run_all(context, tap, [command]):
        yield observation
