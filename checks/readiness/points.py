"""The points of own domains by the rules of internet.nl, to compare with what that site says.

Name servers, mail and web: 10 when all is well, 2 in part, 0 otherwise; web content: 2 when it is
the same over both families.
"""

from typing import Literal

import msgspec

from checks.readiness.verdicts import Verdicts
from inventory.snapshot import Snapshot

Aspect = Literal["ns", "mx", "web", "content"]

CHECKS: dict[Aspect, tuple[str, ...]] = {
    "ns": ("domain_ns_aaaa", "domain_ns_reachable"),
    "mx": ("domain_mail",),
    "web": ("domain_web_aaaa", "domain_web_reachable", "domain_web_ports"),
    "content": ("domain_web_content",),
}
MOST: dict[Aspect, int] = {"ns": 10, "mx": 10, "web": 10, "content": 2}
IN_PART = 2


class Points(msgspec.Struct, frozen=True):
    """The points of a domain by aspect; None while unknown, absent where it does not apply."""

    domain: str
    points: dict[Aspect, int | None]

    @property
    def ratio(self) -> float | None:
        """Points of those that can be had, 0 to 1; None while an aspect is unknown."""
        known = [(got, MOST[aspect]) for aspect, got in self.points.items() if got is not None]
        if not known or len(known) < len(self.points):
            return None
        return sum(got for got, _ in known) / sum(most for _, most in known)


def domain_points(snapshot: Snapshot, verdicts: Verdicts) -> tuple[Points, ...]:
    """The points of every configured domain, in the order of the configuration."""
    return tuple(
        Points(
            name,
            {
                aspect: points
                for aspect in CHECKS
                for applies, points in (_points(aspect, f"domain:{name}", verdicts),)
                if applies
            },
        )
        for name in snapshot.policy.domains
    )


def _points(aspect: Aspect, subject: str, verdicts: Verdicts) -> tuple[bool, int | None]:
    found = [verdicts.verdict(check, subject) for check in CHECKS[aspect]]
    said = [verdict for verdict in found if verdict not in (None, "not_applicable")]
    if not said:
        # A domain that says it receives no mail (RFC 7505) lacks nothing.
        return (aspect == "mx" and "not_applicable" in found), MOST[aspect]
    if "fail" in said:
        return True, 0
    if "unknown" in said:
        return True, None
    if "warn" in said:
        return True, 0 if aspect == "content" else IN_PART
    return True, MOST[aspect]
