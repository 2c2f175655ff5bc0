"""The dashboard of IPv6 readiness: how far, how fast, what holds it back, what would break."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.frame import frame
from deploy.grafana.panels import GREEN, ORANGE, RED, YELLOW, bars, lines, matrix, rows, stat_panel

UID = "lanwarden-ipv6"

_SITE = 'site=~"$site"'
_READY = ((None, RED), (0.5, ORANGE), (0.8, YELLOW), (0.95, GREEN))


def readiness() -> dashboard.Dashboard:
    """The builder of the whole dashboard."""
    board = frame(
        "lanwarden: IPv6 readiness",
        UID,
        "Ready to run both families, ready to drop IPv4, by device, network, domain and service.",
        "ipv6",
    )
    _organisation(board)
    _levels(board)
    _without_ipv4(board)
    _outside(board)
    return board


def _organisation(board: dashboard.Dashboard) -> None:
    board.with_row(dashboard.Row("Organisation"))
    for title, description, expr in (
        (
            "Ready to run both (R1)",
            "Weighted share of what works over both families. Read it beside what is known.",
            f'avg(lanwarden_ipv6_readiness_ratio{{{_SITE}, target="dual_stack"}})',
        ),
        (
            "Known, of R1",
            "Share of devices, networks and services whose level is known.",
            f'avg(lanwarden_ipv6_coverage_ratio{{{_SITE}, target="dual_stack"}})',
        ),
        (
            "Ready to drop IPv4 (R2)",
            "Weighted share of what would go on without IPv4; unknown counts as not ready.",
            f'avg(lanwarden_ipv6_readiness_ratio{{{_SITE}, target="ipv6_only"}})',
        ),
        (
            "Known, of R2",
            "Share of devices, networks and services whose level is known.",
            f'avg(lanwarden_ipv6_coverage_ratio{{{_SITE}, target="ipv6_only"}})',
        ),
    ):
        board.with_panel(
            stat_panel(title, description, expr, steps=_READY, unit="percentunit").span(5)
        )
    board.with_panel(
        stat_panel(
            "Gates",
            "Faults that hold the figures below one half, whatever the sum.",
            f"max(lanwarden_ipv6_gates{{{_SITE}}})",
            steps=((None, GREEN), (1.0, RED)),
        )
    )
    board.with_panel(
        lines(
            "Readiness over time",
            "A step in the coverage explains a step in the figure.",
            [
                (f"lanwarden_ipv6_readiness_ratio{{{_SITE}}}", "{{site}} {{target}}"),
                (f"lanwarden_ipv6_coverage_ratio{{{_SITE}}}", "{{site}} {{target}}, known"),
            ],
            unit="percentunit",
            top=1,
            span=24,
        )
    )


def _levels(board: dashboard.Dashboard) -> None:
    board.with_row(dashboard.Row("Levels"))
    board.with_panel(
        bars(
            "Devices by level",
            "0 IPv4 only, 1 speaks IPv6, 2 uses it, 3 parity, 4 IPv6-mostly, 5 without IPv4.",
            [(f"sum by (level) (lanwarden_ipv6_devices{{{_SITE}}})", "{{level}}")],
            span=8,
        )
    )
    board.with_panel(
        lines(
            "Devices by level over time",
            "Devices move upwards, or nobody does anything.",
            [(f"sum by (level) (lanwarden_ipv6_devices{{{_SITE}}})", "{{level}}")],
            span=8,
            stacked=True,
        )
    )
    board.with_panel(
        rows(
            "Networks",
            "0 no router, 1 incomplete, 2 enabled, 3 safe and on a par, 4 IPv6-mostly, 5 only.",
            [
                f"lanwarden_network_ipv6_level{{{_SITE}}}",
                f"lanwarden_network_pref64_prefixes{{{_SITE}}}",
                f"lanwarden_network_option_108{{{_SITE}}}",
            ],
            columns={
                "site": "Site",
                "network": "Network",
                "Value #A": "Level",
                "Value #B": "PREF64",
                "Value #C": "Option 108",
            },
            span=8,
            empty="No network's level is known",
        )
    )


def _without_ipv4(board: dashboard.Dashboard) -> None:
    board.with_row(dashboard.Row("Without IPv4"))
    board.with_panel(
        matrix(
            "What was seen to depend on IPv4",
            "m0 IPv6 only, m1 NAT64, m2 CLAT, m3 IPv6-mostly; N works, T NAT64, C CLAT, B breaks.",
            f"sum by (mode, verdict) (lanwarden_ipv6_rehearsal_edges{{{_SITE}}})",
            row="mode",
            column="verdict",
            order=("B", "U", "C", "T", "N"),
            span=12,
        )
    )
    board.with_panel(
        rows(
            "Services tried by the IPv6-only twin",
            "1 works, 0 breaks, and how long ago it was tried.",
            [
                f"lanwarden_ipv6_twin_success{{{_SITE}}}",
                f"time() - lanwarden_ipv6_twin_timestamp_seconds{{{_SITE}}}",
            ],
            columns={
                "site": "Site",
                "service": "Service",
                "Value #A": "Works",
                "Value #B": "Tried",
            },
            units={"Works": "bool_yes_no", "Tried": "s"},
            span=12,
            empty="No twin has run",
        )
    )


def _outside(board: dashboard.Dashboard) -> None:
    board.with_row(dashboard.Row("Outside"))
    board.with_panel(
        bars(
            "Points of own domains",
            "By the rules of internet.nl: ns, mx and web 10, 2 or 0; content 2 or 0.",
            [
                (
                    f"sum by (domain, aspect) (lanwarden_ipv6_domain_points{{{_SITE}}})",
                    "{{domain}} {{aspect}}",
                )
            ],
            span=12,
            empty="No own domain is known",
        )
    )
    board.with_panel(
        bars(
            "Anchors that answer",
            "Share of the configured addresses outside that answered, by family.",
            [(f"avg by (family) (lanwarden_anchors_reachable_ratio{{{_SITE}}})", "{{family}}")],
            span=6,
            empty="No anchor was tried",
        )
    )
    board.with_panel(
        rows(
            "Assessments",
            "How long ago the last one was kept.",
            [f"time() - lanwarden_ipv6_assessment_timestamp_seconds{{{_SITE}}}"],
            columns={"site": "Site", "Value #A": "Kept"},
            units={"Kept": "s"},
            span=6,
            empty="None was kept yet",
        )
    )
