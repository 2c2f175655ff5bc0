"""A NAT64 prefix in advertisements must be usable and the same everywhere."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.pref64",
    title="The advertised NAT64 prefix is usable",
    severity=Severity.MEDIUM,
    reference="RFC 8781 §4, §5.1",
    remedy="Advertise one PREF64 with a lifetime of at least the router lifetime.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    told = [(router, option) for router in routers for option in router.advertisement.pref64]
    troubles = [
        Trouble(router.address, f"takes the NAT64 prefix {option.prefix} back")
        for router, option in told
        if option.lifetime_s == 0
    ]
    alive = [(router, option) for router, option in told if option.lifetime_s > 0]
    troubles += [
        Trouble(
            router.address,
            f"gives {option.prefix} {option.lifetime_s} s only, less than itself",
            grave=False,
        )
        for router, option in alive
        if option.lifetime_s < router.advertisement.lifetime_s
    ]
    if len({option.prefix for _, option in alive}) > 1:
        text = f"advertises {alive[0][1].prefix}, others {alive[-1][1].prefix}"
        troubles.append(Trouble(alive[0][0].address, text, grave=False))
    if not told:
        return "no NAT64 prefix is advertised, as on a dual-stack network", ()
    return f"the NAT64 prefix {told[0][1].prefix} is usable", troubles
