"""Who speaks IPv6 on a link: router solicitation, MLDv2 query, echo and unknown option to all."""

from collections.abc import AsyncIterator
from typing import Final

from collectors.contract import Context, NoData
from collectors.observation import AnyObservation
from collectors.scope import Link
from collectors.tap.messages import LinkQuery
from collectors.tap.scoping import run_all, sender_of

NAME: Final = "link_query"


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Query every link that holds a network in scope; what answers comes from the tap itself.

    Raises NoData without a tap, or when no such link has an IPv6 link-local address to ask from.
    """
    tap = context.tap
    if tap is None:
        raise NoData(context.tap_missing)
    if not context.scope.networks:
        raise NoData("no network is in scope")
    links = [link for link in context.scope.links if link.mac and _has_link_local(link)]
    if not links:
        raise NoData("no link in scope has an IPv6 link-local address to ask from")
    commands = [LinkQuery(id=tap.next_id(), sender=sender_of(link)) for link in links]
    for observation in await run_all(context, tap, commands):
        yield observation


def _has_link_local(link: Link) -> bool:
    return any(own.lower().startswith("fe80:") for own in link.ipv6)
