"""Prefix lifetimes must be consistent, and short enough to renumber."""

from collections.abc import Iterator, Sequence

from checks.advertised import INFINITE_S, Trouble, judge_routers, prefixes
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.prefix_lifetimes",
    title="Prefix lifetimes are consistent",
    severity=Severity.MEDIUM,
    reference="RFC 4862 §5.5.3, RFC 9096 §3.2",
    remedy="Set the preferred lifetime below the valid one, and both to hours rather than"
    " weeks (RFC 9096: 2700 s and 5400 s).",
)

# Defaults of RFC 4861 §6.2.1 and of common routers: hosts keep a prefix that is gone for that long.
SLOW_DEFAULTS_S = (2592000, 604800)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    troubles = []
    for router, prefix in prefixes(routers):
        if prefix.preferred_s > prefix.valid_s:
            text = f"prefers {prefix.prefix} for longer than it is valid: hosts ignore it"
            troubles.append(Trouble(router.address, text))
        elif prefix.preferred_s == 0:
            text = f"deprecates {prefix.prefix}: hosts use it for nothing new"
            troubles.append(Trouble(router.address, text, grave=False))
        elif prefix.valid_s in (INFINITE_S, *SLOW_DEFAULTS_S):
            text = f"keeps {prefix.prefix} valid for {_span(prefix.valid_s)}"
            troubles.append(Trouble(router.address, text, grave=False))
    return "every prefix has consistent lifetimes", troubles


def _span(valid_s: int) -> str:
    return "ever" if valid_s == INFINITE_S else f"{valid_s // 86400} days"
