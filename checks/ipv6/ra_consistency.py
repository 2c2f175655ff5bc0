"""Routers of one network must not contradict each other."""

from collections.abc import Iterator, Sequence

from checks.advertised import Trouble, judge_routers, prefixes
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Router, Snapshot

CHECK = Check(
    name="ipv6.ra_consistency",
    title="Routers of a network agree",
    severity=Severity.MEDIUM,
    reference="RFC 4861 §6.2.7",
    remedy="Give all routers of the network the same hop limit, flags, timers, MTU and"
    " lifetimes of the same prefix.",
)

FIELDS = (
    ("hop_limit", "hop limit"),
    ("reachable_ms", "reachable time"),
    ("retransmit_ms", "retransmission time"),
    ("managed", "managed flag"),
    ("other", "other flag"),
)
FLAGS = ("managed", "other")
SLACK_S = 60  # lifetimes may count down between two advertisements


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    return judge_routers(CHECK, snapshot, _find)


def _find(network: Network, routers: Sequence[Router]) -> tuple[str, Sequence[Trouble]]:
    troubles = []
    for field, name in FIELDS:
        values: dict[object, str] = {}
        for router in routers:
            value = getattr(router.advertisement, field)
            if value is not None and (value or field in FLAGS):  # 0 is "not specified"
                values.setdefault(value, router.address)
        if len(values) > 1:
            first, second = sorted(values.items(), key=str)[:2]
            text = f"says {name} {first[0]}, {second[1]} says {second[0]}"
            troubles.append(Trouble(first[1], text, grave=False))
    lifetimes: dict[str, tuple[str, int]] = {}
    for router, prefix in prefixes(routers):
        address, valid_s = lifetimes.setdefault(prefix.prefix, (router.address, prefix.valid_s))
        if abs(valid_s - prefix.valid_s) > SLACK_S:
            text = f"gives {prefix.prefix} {prefix.valid_s} s, {address} gives it {valid_s} s"
            troubles.append(Trouble(router.address, text, grave=False))
    return "the routers agree", troubles
