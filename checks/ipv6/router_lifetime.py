"""A default router must not expire before it advertises itself again."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.router_lifetime",
    title="Default routers stay valid until they advertise again",
    severity=Severity.HIGH,
    reference="RFC 4861 §6.2.1",
    remedy="Set the router lifetime to at least three times the longest interval between"
    " advertisements; 1800 s is the default.",
)

# Three times the least value of MaxRtrAdvInterval (4 s) is no lifetime to live on: the defaults of
# RFC 4861 §6.2.1 give 1800 s, and one lost advertisement must not take the way out away.
SHORTEST_S = 30
LONGEST_S = 9000  # RFC 4861 §6.2.1


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    troubles = []
    for router in routers:
        lifetime_s = router.advertisement.lifetime_s
        if 0 < lifetime_s < SHORTEST_S:
            troubles.append(Trouble(router.address, f"is a default router for {lifetime_s} s only"))
        elif lifetime_s > LONGEST_S:
            troubles.append(
                Trouble(
                    router.address,
                    f"gives a lifetime of {lifetime_s} s, more than {LONGEST_S}",
                    grave=False,
                )
            )
    return "the lifetimes of all default routers last", troubles
