"""The overview dashboard: what is there, what is down, how ready, how safe, how fresh."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.frame import frame
from deploy.grafana.panels import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    bars,
    lines,
    matrix,
    rows,
    stat_panel,
    words,
)

UID = "lanwarden-overview"
RUNBOOKS = """\
Each alert has a page that says what it means and the first three things to do,
in `docs/runbooks/`:

- **LanwardenDeviceDown**: an always-on device is down
- **LanwardenScannerIll**: the agent itself cannot tell which devices are up
- **LanwardenNewDevice**: a device was seen for the first time
- **LanwardenDuplicateAddress**: two stations use one address
- **LanwardenRogueRouter**: a stranger advertises itself as IPv6 router
- **LanwardenClassifiedMachineConnected**: a machine with state secrets is on the network
- **LanwardenReadinessFell**: the readiness for IPv6 fell by more than five points within a week
- **LanwardenReadinessStale**: no assessment was kept for two and a half days
- **LanwardenUpstreamDead**: no anchor answers over IPv6 while IPv4 works
- **LanwardenBlackHole**: large IPv6 packets are lost without a word
- **LanwardenNatPrefixesDisagree**: PREF64 and DNS64 name different prefixes
- **LanwardenRogueDhcp**: a DHCPv6 server that is not allowed answers
- **LanwardenServiceLost**: a service that was on both families is on one only
- **LanwardenScanStale**: a collector missed two and a half intervals
- **LanwardenLimitReached**: a limit keeps something out of the inventory
- **LanwardenAgentDown**: the agent itself cannot be read
"""

# Every selector keeps to the sites that were chosen; every join keeps sites with equal ids apart.
_SITE = 'site=~"$site"'
_INFO = "topk by (job, instance, device) (1, lanwarden_device_info)"
_WITH_INFO = (
    f"* on (job, instance, device) group_left (name, address, mac, vendor, kind, network) {_INFO}"
)


def overview() -> dashboard.Dashboard:
    """The builder of the whole dashboard."""
    board = frame(
        "lanwarden: overview",
        UID,
        "Devices, IPv6 readiness, findings and the health of the agent.",
    )
    _devices(board)
    _ipv6(board)
    _findings(board)
    _agent(board)
    return board


def _devices(board: dashboard.Dashboard) -> None:
    bad = ((None, GREEN), (1.0, RED))
    board.with_row(dashboard.Row("Devices"))
    for title, description, expr, steps in (
        (
            "Known",
            "Devices in the inventory.",
            f"count(lanwarden_device_info{{{_SITE}}})",
            ((None, BLUE),),
        ),
        (
            "Up",
            "Devices that answered lately.",
            f"sum(lanwarden_device_up{{{_SITE}}}) or vector(0)",
            ((None, GREEN),),
        ),
        (
            "Down",
            "Devices that fell silent and were confirmed by a second kind of probe.",
            f"count(lanwarden_device_up{{{_SITE}}} == 0) or vector(0)",
            bad,
        ),
        (
            "Unknown or asleep",
            "Devices of which nobody can say whether they are up.",
            f'sum(lanwarden_devices{{{_SITE}, state=~"unknown|asleep"}}) or vector(0)',
            ((None, GREY),),
        ),
        (
            "New in 24 hours",
            "Devices that were first seen within the last 24 hours.",
            (
                f"count(time() - lanwarden_device_first_seen_timestamp_seconds{{{_SITE}}} < 86400)"
                " or vector(0)"
            ),
            ((None, BLUE), (1.0, YELLOW)),
        ),
        (
            "Duplicate addresses",
            "Addresses that more than one station answers for.",
            f"sum(lanwarden_network_duplicate_addresses{{{_SITE}}}) or vector(0)",
            bad,
        ),
    ):
        board.with_panel(stat_panel(title, description, expr, steps=steps))
    board.with_panel(
        rows(
            "Down now",
            "Each device that is down, and since when it has been silent.",
            [
                (
                    f"(lanwarden_device_last_seen_timestamp_seconds{{{_SITE}}} * 1000"
                    f" and on (job, instance, device) lanwarden_device_up == 0) {_WITH_INFO}"
                )
            ],
            columns={
                "name": "Name",
                "address": "Address",
                "kind": "Kind",
                "network": "Network",
                "Value": "Last seen",
            },
            units={"Last seen": "dateTimeAsIso"},
            widths={"Last seen": 180},
            sort="Last seen",
            span=12,
            empty="No device is down",
        )
    )
    board.with_panel(
        rows(
            "New in seven days",
            "Each device that was first seen within the last seven days, newest first.",
            [
                (
                    f"(lanwarden_device_first_seen_timestamp_seconds{{{_SITE}}} * 1000"
                    " > (time() - 604800) * 1000)"
                    f" {_WITH_INFO}"
                )
            ],
            columns={
                "name": "Name",
                "address": "Address",
                "mac": "MAC",
                "vendor": "Vendor",
                "Value": "First seen",
            },
            units={"First seen": "dateTimeAsIso"},
            widths={"First seen": 180},
            sort="First seen",
            span=12,
            empty="No new device",
        )
    )
    board.with_panel(
        lines(
            "Devices by state",
            "How many devices are up, down, asleep or unknown.",
            [(f"sum by (state) (lanwarden_devices{{{_SITE}}})", "{{state}}")],
            stacked=True,
            span=12,
        )
    )
    board.with_panel(
        lines(
            "Events per hour",
            "What happened: devices that appeared, returned or fell silent, addresses, names.",
            [(f"sum by (kind) (increase(lanwarden_events_total{{{_SITE}}}[1h]))", "{{kind}}")],
            span=12,
        )
    )


def _ipv6(board: dashboard.Dashboard) -> None:
    ready = ((None, RED), (0.5, ORANGE), (0.8, YELLOW), (0.95, GREEN))
    has_address = "ipv6.device_has_global_address"
    board.with_row(dashboard.Row("IPv6"))
    for title, description, expr in (
        (
            "Devices with a global IPv6 address",
            "Share of the judged devices that have one.",
            _share(has_address, "pass", "pass|warn|fail"),
        ),
        (
            "Devices judged",
            "Share of the devices that could be judged; when low, look before you report.",
            _share(has_address, "pass|warn|fail", "pass|warn|fail|unknown"),
        ),
        (
            "Networks with an IPv6 router",
            "Share of the judged networks on which a router advertises itself.",
            _share("ipv6.ra_present", "pass", "pass|warn|fail"),
        ),
    ):
        board.with_panel(
            stat_panel(title, description, expr, steps=ready, unit="percentunit").span(8)
        )
    board.with_panel(
        bars(
            "Devices by address family",
            "IPv6 counts from a link-local address on: the device speaks it, routed or not.",
            [
                (_count_families("ipv4", "unless", "ipv6"), "IPv4 only"),
                (_count_families("ipv4", "and", "ipv6"), "both"),
                (_count_families("ipv6", "unless", "ipv4"), "IPv6 only"),
            ],
            span=8,
        )
    )
    board.with_panel(
        lines(
            "IPv6 over time",
            "Share of the judged devices with a global address, and of the devices judged.",
            [
                (_share(has_address, "pass", "pass|warn|fail"), "global address"),
                (_share(has_address, "pass|warn|fail", "pass|warn|fail|unknown"), "judged"),
            ],
            unit="percentunit",
            top=1,
            span=16,
        )
    )


def _findings(board: dashboard.Dashboard) -> None:
    board.with_row(dashboard.Row("Findings"))
    board.with_panel(
        bars(
            "Open findings by severity",
            "Findings of devices and networks that need doing, by how bad they are.",
            [
                (
                    (
                        f"sum by (severity) (lanwarden_device_findings{{{_SITE}}}"
                        f" or lanwarden_network_findings{{{_SITE}}})"
                    ),
                    "{{severity}}",
                )
            ],
            span=8,
            empty="No open finding",
        )
    )
    board.with_panel(
        matrix(
            "Verdicts of each check",
            "Unknown is not a pass: the check could not be made, and says why.",
            f"sum by (check, verdict) (lanwarden_check_subjects{{{_SITE}}})",
            row="check",
            column="verdict",
            order=("fail", "warn", "pass", "unknown", "not_applicable"),
            span=16,
        )
    )


def _agent(board: dashboard.Dashboard) -> None:
    board.with_row(dashboard.Row("The agent"))
    board.with_panel(
        rows(
            "Alerts firing",
            "Alerts of lanwarden's rules that fire now.",
            [f'ALERTS{{alertname=~"Lanwarden.+", alertstate="firing", {_SITE}}}'],
            columns={
                "alertname": "Alert",
                "severity": "Severity",
                "name": "Name",
                "network": "Network",
                "collector": "Collector",
            },
            widths={"Alert": 240},
            span=12,
            empty="No alert fires",
        )
    )
    board.with_panel(words("What to do", RUNBOOKS, span=12))
    board.with_panel(
        rows(
            "Collectors",
            "When each collector last succeeded, how often it should, how the last run went.",
            [
                f"time() - lanwarden_collector_last_success_timestamp_seconds{{{_SITE}}}",
                f"lanwarden_collector_interval_seconds{{{_SITE}}}",
                f"lanwarden_collector_duration_seconds{{{_SITE}}}",
                f"lanwarden_collector_success{{{_SITE}}}",
            ],
            columns={
                "site": "Site",
                "collector": "Collector",
                "Value #A": "Last success",
                "Value #B": "Interval",
                "Value #C": "Duration",
                "Value #D": "Succeeded",
            },
            units={
                "Last success": "s",
                "Interval": "s",
                "Duration": "s",
                "Succeeded": "bool_yes_no",
            },
            widths={"Site": 80, "Interval": 100, "Duration": 100, "Succeeded": 100},
            sort="Last success",
            span=12,
        )
    )
    board.with_panel(
        lines(
            "How long collectors take",
            "Duration of each collector's last run.",
            [(f"lanwarden_collector_duration_seconds{{{_SITE}}}", "{{collector}}")],
            unit="s",
            span=12,
        )
    )
    board.with_panel(
        lines(
            "Frames heard by the tap",
            "Dropped frames were lost in the kernel's queue; malformed ones broke their protocol.",
            [
                (_tap_rate("received"), "received"),
                (_tap_rate("dropped"), "dropped"),
                (_tap_rate("malformed"), "malformed"),
            ],
            unit="pps",
            span=12,
        )
    )
    board.with_panel(
        lines(
            "Frames sent by the tap",
            "All that the tap puts on the network, by protocol.",
            [
                (
                    (
                        "sum by (protocol) "
                        f"(rate(lanwarden_tap_frames_sent_total{{{_SITE}}}[$__rate_interval]))"
                    ),
                    "{{protocol}}",
                )
            ],
            unit="pps",
            span=12,
        )
    )


def _tap_rate(what: str) -> str:
    return f"sum(rate(lanwarden_tap_frames_{what}_total{{{_SITE}}}[$__rate_interval]))"


def _share(check: str, part: str, whole: str) -> str:
    """The share of subjects with the verdicts `part` among those with `whole`, if there are any."""
    subjects = f'lanwarden_check_subjects{{{_SITE}, check="{check}", verdict=~'
    return f'sum({subjects}"{part}"}}) / (sum({subjects}"{whole}"}}) > 0)'


def _count_families(one: str, operator: str, other: str) -> str:
    def with_family(family: str) -> str:
        return f'lanwarden_device_addresses{{{_SITE}, family="{family}"}} > 0'

    return (
        f"count({with_family(one)} {operator} on (job, instance, device) {with_family(other)})"
        " or vector(0)"
    )
