"""Metric families of the agent: its collectors, its tap, its own process, and totals."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import get_args

from checks.verdict import Verdict
from exporters.prometheus.family import Family, Picture, Rows, SelfFacts
from inventory.snapshot import CollectorRun, EventKind, IllReason, State

# Keys come from the tap's own short lists; should one ever come from the wire, it stays bounded.
_MOST_KEYS = 32


def _snapshot_time(picture: Picture) -> float:
    return picture.snapshot.taken_at


def _devices(picture: Picture) -> Rows:
    counts = Counter(device.state for device in picture.snapshot.devices)
    return [((state,), counts[state]) for state in get_args(State)]


def _events(picture: Picture) -> Rows:
    totals = picture.snapshot.events_total
    return [((kind,), totals.get(kind, 0)) for kind in get_args(EventKind)]


def _scanner_ill(picture: Picture) -> Rows:
    open_now = {one.reason for one in picture.snapshot.illnesses}
    return [((reason,), int(reason in open_now)) for reason in get_args(IllReason)]


def _learning_frozen(picture: Picture) -> Rows:
    return [((what,), int(frozen)) for what, frozen in sorted(picture.snapshot.frozen.items())]


def _limits_reached(picture: Picture) -> Rows:
    yield from (((name,), int(one.reached)) for name, one in picture.snapshot.limits.items())
    yield ("series",), int(picture.size.devices_omitted > 0)


def _limits_refused(picture: Picture) -> Rows:
    return [((name,), one.refused) for name, one in picture.snapshot.limits.items()]


def _check_info(picture: Picture) -> Rows:
    return [
        ((module.name, module.check.title, module.check.severity, module.check.reference), 1)
        for module in picture.checks
    ]


def _check_subjects(picture: Picture) -> Rows:
    return [
        ((module.name, verdict), picture.verdicts.get((module.name, verdict), 0))
        for module in picture.checks
        for verdict in get_args(Verdict)
    ]


def _per_run(value: Callable[[CollectorRun], float | None]) -> Callable[[Picture], Rows]:
    def samples(picture: Picture) -> Rows:
        for run in picture.snapshot.runs:
            number = value(run)
            if number is not None:
                yield (run.name,), number

    return samples


def _success(run: CollectorRun) -> float | None:
    return None if run.status == "skipped" else int(run.status == "ok")


def _tap_up(picture: Picture) -> float:
    return int(picture.snapshot.tap.available)


def _tap_received(picture: Picture) -> float:
    return picture.snapshot.tap.received


def _tap_dropped(picture: Picture) -> float:
    return picture.snapshot.tap.dropped


def _tap_malformed(picture: Picture) -> Rows:
    return _bounded(picture.snapshot.tap.malformed)


def _tap_sent(picture: Picture) -> Rows:
    return _bounded(picture.snapshot.tap.sent)


def _tap_restarts(picture: Picture) -> float:
    return picture.snapshot.tap.restarts


def _bounded(counts: Mapping[str, int]) -> Rows:
    named = sorted(counts.items())
    rest = sum(number for _, number in named[_MOST_KEYS:])
    rows = [((name,), number) for name, number in named[:_MOST_KEYS]]
    return [*rows, (("other",), rest)] if rest else rows


def _series(picture: Picture) -> float:
    return picture.size.series


def _series_limit(picture: Picture) -> float:
    return picture.size.limit


def _devices_omitted(picture: Picture) -> float:
    return picture.size.devices_omitted


def _build(facts: SelfFacts) -> Rows:
    python = ".".join(str(part) for part in sys.version_info[:3])
    return (((facts.version, python), 1),)


def _reload_successful(facts: SelfFacts) -> int | None:
    successful = facts.config_reload_successful
    return None if successful is None else int(successful)


def _reload_time(facts: SelfFacts) -> float | None:
    return facts.config_reload_success_at


def _check_bugs(facts: SelfFacts) -> Rows:
    return [((check,), number) for check, number in sorted(facts.check_bugs.items())]


def _overlaps(facts: SelfFacts) -> Rows:
    return [((task,), number) for task, number in sorted(facts.scheduler_overlaps.items())]


def _collector_bugs(facts: SelfFacts) -> Rows:
    return [((name,), number) for name, number in sorted(facts.collector_bugs.items())]


def _store_failures(facts: SelfFacts) -> int | None:
    return facts.store_failures


def _observations_skipped(facts: SelfFacts) -> Rows:
    return _bounded(facts.observations_skipped)


FAMILIES: tuple[Family, ...] = (
    Family(
        "lanwarden_build_info",
        "info",
        "The version of the agent and of the Python that runs it.",
        ("version", "python"),
        "process",
        _build,
    ),
    Family(
        "lanwarden_config_last_reload_successful",
        "gauge",
        "1 when the configuration was last read without an error, 0 when the old one was kept.",
        (),
        "process",
        _reload_successful,
    ),
    Family(
        "lanwarden_config_last_reload_success_timestamp_seconds",
        "gauge",
        "When the configuration was last read without an error.",
        (),
        "process",
        _reload_time,
    ),
    Family(
        "lanwarden_check_errors_total",
        "counter",
        "Times that a check broke and was left out: a bug, please report it.",
        ("check",),
        "process",
        _check_bugs,
    ),
    Family(
        "lanwarden_schedule_skipped_total",
        "counter",
        "Runs that were skipped because the run before was still going on.",
        ("task",),
        "process",
        _overlaps,
    ),
    Family(
        "lanwarden_collector_errors_total",
        "counter",
        "Runs of a collector that broke in a way it should not: a bug, please report it.",
        ("collector",),
        "process",
        _collector_bugs,
    ),
    Family(
        "lanwarden_store_write_failures_total",
        "counter",
        "Times that the store could not be written; the changes wait in memory and are retried.",
        (),
        "process",
        _store_failures,
    ),
    Family(
        "lanwarden_observations_skipped_total",
        "counter",
        "Observations and events that were not used because they made no sense or met a bound.",
        ("reason",),
        "process",
        _observations_skipped,
    ),
    Family(
        "lanwarden_snapshot_timestamp_seconds",
        "gauge",
        "When the picture was taken from which these figures are.",
        (),
        "agent",
        _snapshot_time,
    ),
    Family(
        "lanwarden_devices",
        "gauge",
        "Known devices by state.",
        ("state",),
        "agent",
        _devices,
    ),
    Family(
        "lanwarden_events_total",
        "counter",
        "Events of the inventory by kind, such as a new device or a duplicate address.",
        ("kind",),
        "agent",
        _events,
    ),
    Family(
        "lanwarden_scanner_ill",
        "gauge",
        "1 while the agent itself cannot tell who is there, for this reason; the states that it"
        " concerns are unknown. Else 0.",
        ("reason",),
        "agent",
        _scanner_ill,
    ),
    Family(
        "lanwarden_inventory_learning_frozen",
        "gauge",
        "1 while a bound keeps new ones out: of devices, or of the IPv6 routers of a network.",
        ("what",),
        "agent",
        _learning_frozen,
    ),
    Family(
        "lanwarden_limit_reached",
        "gauge",
        "1 while a limit is reached, or kept something out within the hour: of devices and of new "
        "ones in a minute, of routers of a network, of addresses, names, services, groups and "
        "evidence of a device, of events of one subject, of the queue from the tap, of series.",
        ("limit",),
        "agent",
        _limits_reached,
    ),
    Family(
        "lanwarden_limit_refused_total",
        "counter",
        "What a limit kept out or pushed out since the agent started.",
        ("limit",),
        "agent",
        _limits_refused,
    ),
    Family(
        "lanwarden_check_info",
        "info",
        "The checks that are judged, with the severity of a failure.",
        ("check", "title", "severity", "reference"),
        "agent",
        _check_info,
    ),
    Family(
        "lanwarden_check_subjects",
        "gauge",
        "How many subjects of the check hold each verdict.",
        ("check", "verdict"),
        "agent",
        _check_subjects,
    ),
    Family(
        "lanwarden_collector_success",
        "gauge",
        "1 when the last run of the collector ended well, 0 when it failed; absent when it was"
        " skipped.",
        ("collector",),
        "agent",
        _per_run(_success),
    ),
    Family(
        "lanwarden_collector_skipped",
        "gauge",
        "1 when the last run of the collector was skipped because it could observe nothing here.",
        ("collector",),
        "agent",
        _per_run(lambda run: int(run.status == "skipped")),
    ),
    Family(
        "lanwarden_collector_duration_seconds",
        "gauge",
        "How long the last run of the collector took.",
        ("collector",),
        "agent",
        _per_run(lambda run: run.duration_s),
    ),
    Family(
        "lanwarden_collector_last_run_timestamp_seconds",
        "gauge",
        "When the last run of the collector ended, well or not.",
        ("collector",),
        "agent",
        _per_run(lambda run: run.finished_at),
    ),
    Family(
        "lanwarden_collector_last_success_timestamp_seconds",
        "gauge",
        "When a run of the collector last ended well; absent when none did.",
        ("collector",),
        "agent",
        _per_run(lambda run: run.last_success_at),
    ),
    Family(
        "lanwarden_collector_interval_seconds",
        "gauge",
        "How often the collector is scheduled to run; absent when it is not.",
        ("collector",),
        "agent",
        _per_run(lambda run: run.interval_s),
    ),
    Family(
        "lanwarden_tap_up",
        "gauge",
        "1 when raw packets can be sent and heard, else 0.",
        (),
        "agent",
        _tap_up,
    ),
    Family(
        "lanwarden_tap_frames_received_total",
        "counter",
        "Frames that the tap took from the LAN.",
        (),
        "agent",
        _tap_received,
    ),
    Family(
        "lanwarden_tap_frames_dropped_total",
        "counter",
        "Frames that were lost before the tap could read them.",
        (),
        "agent",
        _tap_dropped,
    ),
    Family(
        "lanwarden_tap_frames_malformed_total",
        "counter",
        "Frames that broke the rules of their protocol and were not used.",
        ("reason",),
        "agent",
        _tap_malformed,
    ),
    Family(
        "lanwarden_tap_frames_sent_total",
        "counter",
        "Frames that the tap sent.",
        ("protocol",),
        "agent",
        _tap_sent,
    ),
    Family(
        "lanwarden_tap_restarts_total",
        "counter",
        "Times that the tap was started again after it died.",
        (),
        "agent",
        _tap_restarts,
    ),
    Family(
        "lanwarden_exposition_series",
        "gauge",
        "Samples of devices in this exposition.",
        (),
        "agent",
        _series,
    ),
    Family(
        "lanwarden_exposition_series_limit",
        "gauge",
        "The most samples of devices that are exposed.",
        (),
        "agent",
        _series_limit,
    ),
    Family(
        "lanwarden_exposition_devices_omitted",
        "gauge",
        "Devices that are left out because the limit is reached: those seen first stay.",
        (),
        "agent",
        _devices_omitted,
    ),
)
