"""The exposition: right for strict parsers, cheap when little changed, bounded."""

import gzip
import shutil
import subprocess
import threading
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from checks import registry
from checks.readiness.assessment import assess
from checks.verdict import Finding, Severity
from exporters.prometheus.exposition import Exposition
from exporters.prometheus.families import FAMILIES
from exporters.prometheus.family import Family, RegisterFacts, SelfFacts
from exporters.prometheus.process import ProcessMetrics
from inventory.snapshot import Device, Limit, Policy, RegisterState, Snapshot, TapState
from tests.checks import lan
from tests.checks.facts import of_everything

PRINTER = lan.device(
    "d-0000000009",
    "10.66.0.9",
    lan.address("fe80::9", "link-local"),
    services=(lan.service(23, evidence="iac"), lan.service(80), lan.service(443, "closed")),
    groups=("ff02::1:ff00:9",),
    groups_unseen=1,
)
SLEEPER = lan.device("d-0000000010", "10.66.0.10", state="unknown", reachable={}, kind="laptop")
ROGUE = lan.network(
    routers=(lan.router(), lan.router(lan.ROGUE_MAC, "fe80::66", prefixes=("2001:db8:bad::/64",)))
)


def snapshot(*devices: Device, **fields: Any) -> Snapshot:
    values: dict[str, Any] = {
        "networks": (ROGUE,),
        "runs": (lan.run(), lan.run("mdns", "skipped", reason="no link", last_success_at=None)),
        "host": lan.host(),
        "events_total": {"appeared": 2},
        "frozen": {"devices": False, "routers": True},
        "limits": {"names": Limit(True, 7), "queue": Limit()},
        "policy": Policy(routers=(lan.ROUTER_MAC,), domains=("stc.example",)),
        "facts": of_everything(lan.NOW, PRINTER.id, SLEEPER.id),
        "register": RegisterState(rows=3),
    } | fields
    return lan.snapshot(*(devices or (PRINTER, SLEEPER)), **values)


def exposition(shown: Snapshot, **options: Any) -> Exposition:
    made = Exposition(**options)
    show(made, shown)
    return made


def show(made: Exposition, shown: Snapshot) -> None:
    findings = registry.judge(shown)
    made.update(shown, findings, assess(shown, findings))


def parse_text(body: str) -> list[Metric]:
    return list(text_string_to_metric_families(body))


def parse_openmetrics(body: str) -> list[Metric]:
    return list(openmetrics_parser.text_string_to_metric_families(body))  # type: ignore[no-untyped-call]


def samples(body: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse_text(body.decode())
        for sample in family.samples
    }


def value(body: bytes, metric: str, /, **labels: str) -> float | None:
    return samples(body).get((metric, tuple(sorted(labels.items()))))


def facts() -> SelfFacts:
    return SelfFacts(
        version="1.2.3",
        config_reload_successful=True,
        config_reload_success_at=lan.NOW,
        check_bugs={"ipv6.x": 1},
        scheduler_overlaps={"discovery": 2},
        collector_bugs={"tcp": 1},
        store_failures=3,
        observations_skipped={"bad_mac": 4},
        readiness_kept_at=lan.NOW - 5,
        register=RegisterFacts(rows=7, problems=2, read_ok=False, success_at=lan.NOW - 60),
    )


@pytest.fixture(scope="module")
def full() -> Exposition:
    return exposition(snapshot(), facts=facts, process=ProcessMetrics())


def test_both_strict_parsers_read_the_same_samples(full: Exposition) -> None:
    plain = {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in parse_text(full.body().decode())
        for sample in family.samples
    }
    openmetrics = {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in parse_openmetrics(full.body(openmetrics=True).decode())
        for sample in family.samples
    }
    assert plain == openmetrics
    assert len(plain) > 100


def test_every_family_of_the_table_is_filled_once(full: Exposition) -> None:
    types = [line for line in full.body().decode().splitlines() if line.startswith("# TYPE lanw")]
    names = [line.split()[2] for line in types]
    assert sorted(names) == sorted(family.name for family in FAMILIES)


def test_promtool_has_nothing_to_say(full: Exposition) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=full.body(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


EXPECTED: list[Any] = [
    pytest.param("lanwarden_device_up", {"device": "d-0000000009"}, 1, id="up"),
    pytest.param("lanwarden_device_up", {"device": "d-0000000010"}, None, id="unknown, not down"),
    pytest.param(
        "lanwarden_device_state", {"device": "d-0000000010", "state": "unknown"}, 1, id="state"
    ),
    pytest.param(
        "lanwarden_device_state", {"device": "d-0000000010", "state": "up"}, 0, id="other state"
    ),
    pytest.param("lanwarden_device_always_on", {"device": "d-0000000009"}, 1, id="always on"),
    pytest.param(
        "lanwarden_device_reachable", {"device": "d-0000000009", "family": "ipv4"}, 1, id="IPv4"
    ),
    pytest.param(
        "lanwarden_device_reachable", {"device": "d-0000000009", "family": "ipv6"}, None, id="IPv6"
    ),
    pytest.param(
        "lanwarden_device_last_seen_timestamp_seconds",
        {"device": "d-0000000009"},
        lan.NOW - 30,
        id="last seen",
    ),
    pytest.param(
        "lanwarden_device_probes_missed_total", {"device": "d-0000000009"}, 3, id="missed"
    ),
    pytest.param("lanwarden_device_open_ports", {"device": "d-0000000009"}, 2, id="open ports"),
    pytest.param("lanwarden_device_open_ports", {"device": "d-0000000010"}, None, id="not probed"),
    pytest.param(
        "lanwarden_device_addresses_unseen", {"device": "d-0000000009"}, 1, id="addresses unseen"
    ),
    pytest.param(
        "lanwarden_device_findings",
        {"device": "d-0000000009", "severity": "high"},
        1,
        id="telnet is a finding",
    ),
    pytest.param("lanwarden_network_routers", {"network": "n-1"}, 2, id="routers"),
    pytest.param("lanwarden_limit_reached", {"limit": "names"}, 1, id="names full"),
    pytest.param("lanwarden_limit_reached", {"limit": "queue"}, 0, id="queue not full"),
    pytest.param("lanwarden_limit_reached", {"limit": "series"}, 0, id="series not full"),
    pytest.param("lanwarden_limit_refused_total", {"limit": "names"}, 7, id="names refused"),
    pytest.param("lanwarden_inventory_learning_frozen", {"what": "routers"}, 1, id="routers full"),
    pytest.param("lanwarden_inventory_learning_frozen", {"what": "devices"}, 0, id="not full"),
    pytest.param("lanwarden_events_total", {"kind": "router"}, 0, id="events of routers"),
    pytest.param("lanwarden_network_rogue_routers", {"network": "n-1"}, 1, id="rogue routers"),
    pytest.param(
        "lanwarden_network_findings",
        {"network": "n-1", "severity": "high"},
        2,
        id="rogue router and no resolver",
    ),
    pytest.param(
        "lanwarden_check_subjects", {"check": "ipv6.rogue_ra", "verdict": "fail"}, 1, id="subjects"
    ),
    pytest.param(
        "lanwarden_check_subjects", {"check": "ipv6.rogue_ra", "verdict": "pass"}, 0, id="zero"
    ),
    pytest.param("lanwarden_collector_success", {"collector": "arp"}, 1, id="collector"),
    pytest.param("lanwarden_collector_success", {"collector": "mdns"}, None, id="skipped"),
    pytest.param("lanwarden_collector_skipped", {"collector": "mdns"}, 1, id="said to be skipped"),
    pytest.param("lanwarden_events_total", {"kind": "appeared"}, 2, id="events"),
    pytest.param("lanwarden_events_total", {"kind": "down"}, 0, id="no such event yet"),
    pytest.param("lanwarden_devices", {"state": "up"}, 1, id="devices"),
    pytest.param("lanwarden_tap_frames_sent_total", {"protocol": "arp"}, 254, id="frames sent"),
    pytest.param("lanwarden_tap_up", {}, 1, id="tap"),
    pytest.param("lanwarden_host_cpu_busy_ratio", {}, 0.25, id="host"),
    pytest.param("lanwarden_snapshot_timestamp_seconds", {}, lan.NOW, id="snapshot"),
    pytest.param("lanwarden_config_last_reload_successful", {}, 1, id="reload"),
]


@pytest.mark.parametrize(("name", "labels", "expected"), EXPECTED)
def test_values(full: Exposition, name: str, labels: dict[str, str], expected: float) -> None:
    assert value(full.body(), name, **labels) == expected


def test_the_device_info_joins_names_to_the_id(full: Exposition) -> None:
    assert (
        value(
            full.body(),
            "lanwarden_device_info",
            device="d-0000000009",
            name="printer-2f",
            mac="00:1b:a9:00:00:09",
            address="10.66.0.9",
            vendor="Brother",
            kind="printer",
            model="",
            os="",
            network="n-1",
            division="",
        )
        == 1
    )


def test_without_a_list_there_is_no_count_of_rogue_routers() -> None:
    body = exposition(snapshot(policy=Policy())).body()
    assert value(body, "lanwarden_network_rogue_routers", network="n-1") is None


@pytest.mark.parametrize("openmetrics", [False, True], ids=["text", "OpenMetrics"])
def test_gzip_is_one_member_with_the_same_content(full: Exposition, openmetrics: bool) -> None:
    made = exposition(snapshot())
    packed = made.body(openmetrics=openmetrics, gzip=True)
    assert gzip.decompress(packed) == made.body(openmetrics=openmetrics)
    import zlib

    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    assert inflater.decompress(packed) == made.body(openmetrics=openmetrics)
    assert inflater.eof
    assert inflater.unused_data == b""


def test_openmetrics_ends_with_its_end_mark_once(full: Exposition) -> None:
    body = full.body(openmetrics=True)
    assert body.endswith(b"\n# EOF\n")
    assert body.count(b"# EOF") == 1
    assert b"# EOF" not in full.body()


def test_content_types_name_the_version() -> None:
    made = Exposition()
    assert made.content_type() == "text/plain; version=0.0.4; charset=utf-8"
    assert made.content_type(openmetrics=True) == (
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )


def test_before_the_first_snapshot_there_are_only_the_process_metrics() -> None:
    made = Exposition(facts=facts, process=ProcessMetrics())
    body = made.body()
    assert b"lanwarden_build_info" in body
    assert b"process_resident_memory_bytes" in body
    assert b"lanwarden_device" not in body
    parse_openmetrics(made.body(openmetrics=True).decode())


class CountingFamily:
    """A device family that remembers whom it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.row = Family("lanwarden_device_x", "gauge", "X.", ("device",), "device", self._samples)

    def _samples(self, device: Device, _open: object) -> float:
        self.asked.append(device.id)
        return device.last_seen


def test_only_what_changed_is_rendered_again() -> None:
    counting = CountingFamily()
    made = Exposition(families=(counting.row,), checks=())
    devices = tuple(lan.device(f"d-{number}") for number in range(5))
    made.update(lan.snapshot(*devices), ())
    assert counting.asked == [f"d-{number}" for number in range(5)]
    counting.asked.clear()

    changed = msgspec.structs.replace(devices[2], last_seen=lan.NOW)
    later = lan.snapshot(*devices[:2], changed, *devices[3:])
    made.update(later, ())
    assert counting.asked == ["d-2"]
    assert value(made.body(), "lanwarden_device_x", device="d-2") == lan.NOW
    counting.asked.clear()

    made.update(later, (finding("d-4", "fail"),))
    assert counting.asked == ["d-4"]
    counting.asked.clear()

    made.update(later, (finding("d-4", "fail"),))
    assert counting.asked == []


def finding(device: str, verdict: Any, severity: Severity = Severity.HIGH) -> Finding:
    return Finding(
        check="posture.x",
        subject=f"device:{device}",
        verdict=verdict,
        severity=severity,
        summary="s",
    )


STEPS: list[Any] = [
    pytest.param((PRINTER, SLEEPER), (PRINTER,), id="one leaves"),
    pytest.param((PRINTER,), (PRINTER, SLEEPER), id="one comes"),
    pytest.param((PRINTER, SLEEPER), (SLEEPER, PRINTER), id="another order"),
    pytest.param((PRINTER,), (SLEEPER,), id="one for the other"),
    pytest.param((PRINTER,), (), id="all leave"),
    pytest.param(
        (PRINTER, SLEEPER),
        (PRINTER, msgspec.structs.replace(SLEEPER, state="up", name="x")),
        id="one changes",
    ),
]


@pytest.mark.parametrize(("before", "after"), STEPS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_updated_exposition_is_the_same_as_a_new_one(
    before: Iterable[Device], after: Iterable[Device], packed: bool
) -> None:
    first = snapshot(taken_at=lan.NOW - 60)
    first = msgspec.structs.replace(first, devices=tuple(before))
    second = msgspec.structs.replace(snapshot(), devices=tuple(after))
    made = exposition(first)
    made.body(gzip=packed)
    show(made, second)
    assert made.body(gzip=packed) == exposition(second).body(gzip=packed)


def test_findings_that_are_closed_disappear() -> None:
    made = Exposition(checks=())
    shown = lan.snapshot(lan.device("d-1"))
    made.update(shown, (finding("d-1", "warn", Severity.LOW), finding("d-1", "fail")))
    labels = {"device": "d-1"}
    assert value(made.body(), "lanwarden_device_findings", **labels, severity="low") == 1
    assert value(made.body(), "lanwarden_device_findings", **labels, severity="high") == 1
    made.update(shown, (finding("d-1", "pass"),))
    assert b"lanwarden_device_findings" not in made.body()


def test_a_body_that_is_being_read_does_not_change() -> None:
    made = exposition(snapshot())
    body = made.body()
    kept = bytes(body)
    made.update(snapshot(lan.device("d-new")), ())
    assert body == kept


def test_at_the_limit_the_devices_seen_last_are_left_out_and_it_says_so() -> None:
    devices = [
        lan.device(f"d-{number}", first_seen=lan.NOW - 100 + number, services=())
        for number in (3, 1, 2, 0)
    ]
    shown = lan.snapshot(*devices)
    whole = exposition(shown)
    series = value(whole.body(), "lanwarden_exposition_series")
    assert series is not None
    assert value(whole.body(), "lanwarden_exposition_devices_omitted") == 0

    made = exposition(shown, max_series=int(series) // 2 + 1)
    body = made.body()
    assert b'"d-0"' in body
    assert b'"d-1"' in body
    assert b'"d-2"' not in body
    assert b'"d-3"' not in body
    assert value(body, "lanwarden_exposition_devices_omitted") == 2
    assert value(body, "lanwarden_exposition_series_limit") == int(series) // 2 + 1
    assert value(body, "lanwarden_devices", state="up") == 4


def test_keys_from_the_tap_are_bounded() -> None:
    tap = TapState(available=True, malformed={f"reason{number:03}": 1 for number in range(100)})
    body = exposition(snapshot(tap=tap)).body()
    rows = [key for key in samples(body) if key[0] == "lanwarden_tap_frames_malformed_total"]
    assert len(rows) == 33
    assert value(body, "lanwarden_tap_frames_malformed_total", reason="other") == 68


def test_two_things_of_one_name_do_not_break_the_scrape() -> None:
    runs = (lan.run(received=1), lan.run(status="failed", reason="x"))
    body = exposition(snapshot(runs=runs)).body(openmetrics=True)
    parse_openmetrics(body.decode())


HOSTILE = st.text(alphabet=st.characters(codec=None), max_size=200)


@given(name=HOSTILE, vendor=HOSTILE, division=HOSTILE)
def test_no_name_can_break_a_scrape(name: str, vendor: str, division: str) -> None:
    device = lan.device("d-1", name=name, vendor=vendor, division=division)
    made = Exposition(checks=())
    made.update(lan.snapshot(device, host=lan.host(hostname=name, release=vendor)), ())
    plain = parse_text(made.body().decode())
    openmetrics = parse_openmetrics(made.body(openmetrics=True).decode())
    assert len(plain) == len(openmetrics)
    for family in plain:
        for sample in family.samples:
            assert all(len(text) <= 128 and "\n" not in text for text in sample.labels.values())


def test_readers_and_the_writer_may_be_in_different_threads() -> None:
    made = Exposition(checks=())
    one, two = lan.snapshot(lan.device("d-1")), lan.snapshot(lan.device("d-1"), lan.device("d-2"))
    made.update(one, ())
    broken: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(100):
                body = gzip.decompress(made.body(openmetrics=True, gzip=True))
                parse_openmetrics(body.decode())
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            broken.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers):
        made.update(one, ())
        made.update(two, ())
    for reader in readers:
        reader.join()
    assert broken == []
