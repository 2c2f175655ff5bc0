"""The exposition of 10,000 devices and 20 families beside prometheus-client's `generate_latest`.

Both sides render the same samples of the same snapshot, in one process, taking turns. A figure is
the median of five, in processor time, which other programs on the machine disturb least. The
peer's figure includes what it must do at each scrape: make its metric families from the snapshot,
then encode them.
"""

import gc
import gzip
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bench.row import Row
from collectors.observation import Family as AddressFamily
from exporters.prometheus.device_families import FAMILIES as DEVICE_FAMILIES
from exporters.prometheus.exposition import Exposition
from exporters.prometheus.family import Family, Judged
from inventory.snapshot import Address, Device, Service, Snapshot

DEVICES = 10_000
FAMILIES = 20
CHANGED = 0.01
RUNS = 5
NOW = 1_795_330_800.0


def rows() -> list[Row]:
    """Measure, and return cold, warm and gzip figures."""
    families = device_families()
    first, peer = sides(DEVICES, families)
    second = msgspec.structs.replace(first, devices=tuple(_changed(first.devices)))

    cold, warm, packed, theirs, their_packed = [], [], [], [], []
    ours = Exposition(families=families, checks=())
    for _ in range(RUNS):
        ours = Exposition(families=families, checks=())
        theirs.append(_timed(lambda: generate_latest(peer)))
        cold.append(_timed(lambda: _scrape(ours, first)))  # noqa: B023 - called at once
        warm.append(_timed(lambda: _scrape(ours, second)))  # noqa: B023
        packed.append(_timed(lambda: ours.body(gzip=True)))  # noqa: B023
        body = ours.body()
        their_packed.append(_timed(lambda: gzip.compress(body)))  # noqa: B023
    lines = _sample_count(ours.body())
    what = f"{DEVICES:,} devices x {FAMILIES} families, {lines:,} samples"
    return [
        _compared("exposition, nothing cached", cold, theirs, 0.1, f"{what}; generate_latest"),
        _compared("exposition, 1 % of devices changed", warm, theirs, None, what),
        Row(
            name="exposition, 1 % of devices changed, time alone",
            ours=_median_ms(warm),
            peer=None,
            ratio=None,
            goal=50.0,
            unit="ms",
            note="processor time of update and scrape",
        ),
        _compared(
            "exposition, gzip, first scrape", packed, their_packed, None, "gzip.compress as peer"
        ),
    ]


def sides(count: int, families: Sequence[Family]) -> tuple[Snapshot, CollectorRegistry]:
    """Both sides of the comparison, for so many devices; fails when they tell different things."""
    snapshot = Snapshot(1, NOW, "bench", devices=tuple(_device(number) for number in range(count)))
    peer = CollectorRegistry()
    peer.register(_Peer(snapshot, families))
    _same_samples(snapshot, families, peer)
    return snapshot, peer


def _compared(
    name: str, ours: Sequence[float], peer: Sequence[float], goal: float | None, note: str
) -> Row:
    mine, its = _median_ms(ours), _median_ms(peer)
    return Row(
        name=name, ours=mine, peer=its, ratio=round(mine / its, 4), goal=goal, unit="ms", note=note
    )


def _median_ms(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds) * 1000, 2)


def _scrape(exposition: Exposition, snapshot: Snapshot) -> bytes:
    exposition.update(snapshot, ())
    return exposition.body()


def _timed(call: Callable[[], object]) -> float:
    gc.collect()
    started = time.process_time()
    call()
    return time.process_time() - started


def device_families() -> tuple[Family, ...]:
    """The real device families, filled up to 20: whole numbers, all different, and ratios."""
    real = tuple(family for family in DEVICE_FAMILIES if family.name != "lanwarden_device_findings")
    more = (
        Family(
            f"lanwarden_device_bench_{number}",
            "gauge",
            "A figure of the device.",
            ("device",),
            "device",
            _figure(number),
        )
        for number in range(FAMILIES - len(real))
    )
    return (*real, *more)


def _figure(number: int) -> Callable[[Device, Judged], float]:
    if number % 2:
        return lambda device, _open: round(device.missed_total / 20, 2)
    return lambda device, _open: int(device.last_seen * 16) + number


def _device(number: int) -> Device:
    ipv4 = f"10.66.{number // 250}.{number % 250 + 1}"
    mac = f"02:66:00:00:{number // 256:02x}:{number % 256:02x}"
    seen = NOW - number / 16
    reachable: dict[AddressFamily, bool] = {"ipv4": True, "ipv6": True}
    return Device(
        id=f"d-{number:010d}",
        macs=(mac,),
        name=f"pc-{number}.stc.example",
        vendor="Example Computers Ltd.",
        kind="workstation",
        confidence=0.9,
        network=f"n-{number % 8}",
        addresses=(
            Address(ipv4, "ipv4", "private", "arp_reply", seen, seen),
            Address(f"2001:db8:66::{number:x}", "ipv6", "eui-64", "mld_report", seen, seen),
        ),
        names=(),
        services=(Service(ipv4, "tcp", 445, "open"), Service(ipv4, "tcp", 23, "closed")),
        state="up",
        reachable=reachable,
        missed=0,
        missed_total=number % 17,
        always_on=number % 5 == 0,
        first_seen=NOW - 86400,
        last_seen=seen,
        groups=(f"ff02::1:ff00:{number:x}",),
    )


def _changed(devices: Sequence[Device]) -> Iterator[Device]:
    every = round(1 / CHANGED)
    for number, device in enumerate(devices):
        if number % every == 0:
            yield msgspec.structs.replace(
                device, last_seen=device.last_seen + 60, missed_total=device.missed_total + 1
            )
        else:
            yield device


class _Peer(Collector):
    """The same families through the client library, as its documentation advises for exporters."""

    def __init__(self, snapshot: Snapshot, families: Sequence[Family]) -> None:
        self._snapshot = snapshot
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for family in self._families:
            kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
            metric = kind(family.name, family.help, labels=family.labels)
            for device in self._snapshot.devices:
                for values, value in family.rows(device, Judged()):
                    metric.add_metric((device.id, *values), value)
            yield metric


def _same_samples(snapshot: Snapshot, families: Sequence[Family], peer: CollectorRegistry) -> None:
    """A comparison of different outputs would be worth nothing."""
    ours = Exposition(families=families, checks=())
    ours.update(snapshot, ())
    mine, its = _sample_count(ours.body()), _sample_count(generate_latest(peer))
    if mine != its:
        raise AssertionError(f"the two sides differ: {mine} and {its} samples")


def _sample_count(body: bytes) -> int:
    return sum(not line.startswith(b"#") for line in body.splitlines())


if __name__ == "__main__":
    for row in rows():
        print(row)
