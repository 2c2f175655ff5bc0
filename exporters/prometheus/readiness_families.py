"""Metric families of the organisation's readiness for IPv6."""

from checks.readiness.levels import histogram
from checks.readiness.scores import Score
from exporters.prometheus.family import Family, Picture, Rows


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
)
