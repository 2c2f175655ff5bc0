"""Who is there: every address of the on-link IPv4 networks in scope, asked by ARP (RFC 826)."""

from collections.abc import AsyncIterator
from typing import Final

from collectors.contract import Context, NoData
from collectors.observation import AnyObservation
from collectors.tap.messages import ArpSweep
from collectors.tap.scoping import known_in, on_link_networks, require_sweepable, run_all, sender_of

NAME: Final = "arp"


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Sweep each link's networks; what answers comes from the tap itself.

    Known addresses are asked a third time, and their silence is reported. Raises NoData without a
    tap or an on-link network.
    """
    tap = context.tap
    if tap is None:
        raise NoData(context.tap_missing)
    by_interface = on_link_networks(context.scope)
    if not by_interface:
        raise NoData("no IPv4 network in scope is on a link of this machine")
    addresses = [address for target in context.targets for address in target.addresses]
    commands = [
        ArpSweep(
            id=tap.next_id(),
            sender=sender_of(link),
            networks=require_sweepable(by_interface[link.interface]),
            exclude=context.scope.exclude,
            known=known_in(by_interface[link.interface], addresses),
        )
        for link in context.scope.links
        if link.interface in by_interface
    ]
    for observation in await run_all(context, tap, commands):
        yield observation
