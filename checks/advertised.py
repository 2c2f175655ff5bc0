"""What the checks of single fields of router advertisements share: who is judged, and when not."""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv6Network

import msgspec

from checks.routers import REMEMBERED_S, in_force, silence
from checks.verdict import Check, Finding
from collectors.observation import AdvertisedPrefix
from inventory.snapshot import Network, Router, Snapshot

INFINITE_S = 0xFFFFFFFF  # RFC 4861 §4.6.2
MOST_TROUBLES = 16

_SCOPES = tuple(
    (IPv6Network(text), scope)
    for text, scope in (
        ("2002::/16", "6to4"),  # RFC 3056
        ("2001::/32", "Teredo"),  # RFC 4380
        ("2001:db8::/32", "documentation"),  # RFC 3849
        ("3fff::/20", "documentation"),  # RFC 9637
        ("2000::/3", "global"),  # RFC 4291 §2.5.4
        ("fc00::/7", "unique local"),  # RFC 4193
        ("fec0::/10", "site-local"),  # RFC 3879: deprecated
        ("fe80::/10", "link-local"),
    )
)


class Trouble(msgspec.Struct, frozen=True):
    """What is wrong with one router's advertisement; `grave` fails the check, others warn."""

    router: str
    text: str
    grave: bool = True


def judge_routers(
    check: Check,
    snapshot: Snapshot,
    find: Callable[[Network, Sequence[Router]], tuple[str, Sequence[Trouble]]],
) -> Iterator[Finding]:
    """Yield one finding per network from the routers that hosts follow now.

    `find` gives what to say when all is well, and the troubles. With no router in force the check
    does not apply, or, without a control, nothing is known.
    """
    for network in snapshot.networks:
        routers = in_force(network.routers, snapshot.taken_at)
        if not routers:
            yield nobody(check, snapshot, network)
            continue
        praise, troubles = find(network, routers)
        if not troubles:
            yield check.passed(network, praise, routers=[router.address for router in routers[:16]])
            continue
        told = [{"router": one.router, "trouble": one.text} for one in troubles[:MOST_TROUBLES]]
        worst = next((one for one in troubles if one.grave), None)
        say = check.failed if worst is not None else check.warned
        first = worst or troubles[0]
        more = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
        yield say(network, f"{first.router} {first.text}{more}", troubles=told)


def nobody(check: Check, snapshot: Snapshot, network: Network) -> Finding:
    """What to say of a network on which hosts follow no router now."""
    control = silence(snapshot, network)
    if control is not None:
        return check.unknown(network, control.reason, control.summary)
    return check.not_applicable(network, "no router advertises on this network")


def prefixes(routers: Sequence[Router]) -> Iterator[tuple[Router, AdvertisedPrefix]]:
    """Every advertised prefix that is valid, with its router."""
    for router in routers:
        for prefix in router.advertisement.prefixes:
            if prefix.valid_s > 0:
                yield router, prefix


def offering(network: Network, now: float) -> tuple[Router, ...]:
    """Routers whose prefixes hosts use: those in force, and those that are no default router now.

    A lifetime of 0 takes back the route and nothing else (RFC 4861 §4.2): a prefix in the same
    advertisement goes on to be used.
    """
    return tuple(
        router
        for router in network.routers
        if router.in_force(now)
        or (
            any(router.last_seen + one.valid_s > now for one in router.advertisement.prefixes)
            and router.last_seen + REMEMBERED_S >= now
            and router.withdrawn
        )
    )


def scope_of(prefix: str) -> str:
    """The scope of a prefix in words; "other" for what is assigned to nothing."""
    try:
        network = IPv6Network(prefix, strict=False)
    except ValueError:
        return "other"
    return next((name for block, name in _SCOPES if network.subnet_of(block)), "other")


def is_global(prefix: str) -> bool:
    """Whether hosts can use it for the whole Internet.

    Documentation prefixes count: laboratories use them in place of real ones.
    """
    return scope_of(prefix) in ("global", "documentation")
