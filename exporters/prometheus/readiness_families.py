"""Metric families of the organisation's readiness for IPv6."""

from checks.readiness.levels import histogram
from checks.readiness.scores import Score
from checks.upstream import by_family
from collectors.observation import Family as Family_
from exporters.prometheus.family import Family, Picture, Rows, SelfFacts


def _scores(picture: Picture) -> dict[str, Score]:
    if picture.readiness is None:
        return {}
    return {"dual_stack": picture.readiness.dual_stack, "ipv6_only": picture.readiness.ipv6_only}


def _ratio(picture: Picture) -> Rows:
    return tuple(
        ((target,), score.ratio)
        for target, score in _scores(picture).items()
        if score.ratio is not None
    )


def _coverage(picture: Picture) -> Rows:
    return tuple(((target,), score.coverage) for target, score in _scores(picture).items())


def _gates(picture: Picture) -> Rows:
    return tuple(((target,), len(score.gates)) for target, score in _scores(picture).items())


def _levels(picture: Picture) -> Rows:
    if picture.readiness is None:
        return ()
    counts = histogram(picture.readiness.devices)
    return tuple(
        (("unknown" if level == "?" else level.removeprefix("L"),), count)
        for level, count in counts.items()
    )


def _edges(picture: Picture) -> Rows:
    if picture.readiness is None:
        return ()
    counts: dict[tuple[str, ...], int] = {}
    for edge in picture.readiness.rehearsal.edges:
        for mode, verdict in edge.verdicts.items():
            counts[mode, verdict] = counts.get((mode, verdict), 0) + 1
    return tuple(sorted(counts.items()))


def _observed(picture: Picture) -> float | None:
    return None if picture.readiness is None else round(picture.readiness.rehearsal.days * 86400)


def _points(picture: Picture) -> Rows:
    return tuple(
        ((one.domain, aspect), got)
        for one in picture.points
        for aspect, got in one.points.items()
        if got is not None
    )


def _points_of_all(picture: Picture) -> Rows:
    return tuple(((one.domain,), one.ratio) for one in picture.points if one.ratio is not None)


def _twin(picture: Picture) -> Rows:
    return tuple(
        ((one.service,), float(one.works))
        for one in {one.service: one for one in picture.snapshot.facts.twin}.values()
    )


def _twin_tried(picture: Picture) -> Rows:
    return tuple(
        ((one.service,), one.at)
        for one in {one.service: one for one in picture.snapshot.facts.twin}.values()
    )


def _anchors(picture: Picture) -> Rows:
    families: tuple[Family_, ...] = ("ipv4", "ipv6")
    rows = []
    for family in families:
        tried = by_family(picture.snapshot, family)
        if tried:
            rows.append(((family,), sum(tried.values()) / len(tried)))
    return rows


def _kept_at(facts: SelfFacts) -> float | None:
    return facts.readiness_kept_at


_TARGETS = "`dual_stack`: ready to run both. `ipv6_only`: ready to drop IPv4."

FAMILIES: tuple[Family, ...] = (
    Family(
        "lanwarden_ipv6_readiness_ratio",
        "gauge",
        f"Weighted share of what is at its target level. {_TARGETS} Absent while nothing is known.",
        ("target",),
        "agent",
        _ratio,
    ),
    Family(
        "lanwarden_ipv6_coverage_ratio",
        "gauge",
        "Share of devices, networks and services whose level is known; read it beside the"
        " readiness.",
        ("target",),
        "agent",
        _coverage,
    ),
    Family(
        "lanwarden_ipv6_gates",
        "gauge",
        "Faults that hold the readiness below one half, whatever the sum.",
        ("target",),
        "agent",
        _gates,
    ),
    Family(
        "lanwarden_ipv6_devices",
        "gauge",
        "Devices by IPv6 level.",
        ("level",),
        "agent",
        _levels,
    ),
    Family(
        "lanwarden_ipv6_rehearsal_edges",
        "gauge",
        "Dependencies on IPv4 by what becomes of them. Modes: m0 IPv6 only, m1 with NAT64, m2 with"
        " a CLAT, m3 IPv6-mostly. Verdicts: N works, T through NAT64, C with a CLAT, B breaks,"
        " U unknown.",
        ("mode", "verdict"),
        "agent",
        _edges,
    ),
    Family(
        "lanwarden_ipv6_rehearsal_observed_seconds",
        "gauge",
        "Over how long dependencies have been observed.",
        (),
        "agent",
        _observed,
    ),
    Family(
        "lanwarden_ipv6_domain_points",
        "gauge",
        "Points of an own domain by the rules of internet.nl. Aspects: ns, mx and web give 10, 2 or"
        " 0, content 2 or 0. Absent while unknown.",
        ("domain", "aspect"),
        "agent",
        _points,
    ),
    Family(
        "lanwarden_ipv6_domain_points_ratio",
        "gauge",
        "Points of an own domain, of those that it can have; absent while an aspect is unknown.",
        ("domain",),
        "agent",
        _points_of_all,
    ),
    Family(
        "lanwarden_ipv6_twin_success",
        "gauge",
        "1 when the IPv6-only twin could use the service when it last tried, else 0.",
        ("service",),
        "agent",
        _twin,
    ),
    Family(
        "lanwarden_ipv6_twin_timestamp_seconds",
        "gauge",
        "When the IPv6-only twin last tried the service.",
        ("service",),
        "agent",
        _twin_tried,
    ),
    Family(
        "lanwarden_anchors_reachable_ratio",
        "gauge",
        "Share of the configured anchors outside that answered over the family in the last two"
        " days; absent while none was tried.",
        ("family",),
        "agent",
        _anchors,
    ),
    Family(
        "lanwarden_ipv6_assessment_timestamp_seconds",
        "gauge",
        "When the last assessment that is kept was made.",
        (),
        "process",
        _kept_at,
    ),
)
