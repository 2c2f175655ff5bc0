"""Which DHCP servers each link has, for both families, without taking a lease."""

from collections.abc import AsyncIterator
from typing import Final

from collectors.contract import Context, NoData
from collectors.observation import AnyObservation
from collectors.tap.messages import DhcpCensus
from collectors.tap.scoping import run_all, sender_of

NAME: Final = "dhcp_census"


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Ask on every link that holds a network in scope; answers come from the tap itself.

    Six frames a link: two DHCPv4 discovers (RFC 2131 §3.1, option 108 of RFC 8925 asked for), two
    DHCPv6 solicits and two information-requests (RFC 8415 §18.2). Raises NoData without a tap or
    without a link in scope.
    """
    tap = context.tap
    if tap is None:
        raise NoData(context.tap_missing)
    if not context.scope.networks:
        raise NoData("no network is in scope")
    links = [link for link in context.scope.links if link.mac]
    if not links:
        raise NoData("no Ethernet link holds a network in scope")
    commands = [DhcpCensus(id=tap.next_id(), sender=sender_of(link)) for link in links]
    for observation in await run_all(context, tap, commands):
        yield observation
