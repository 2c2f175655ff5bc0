"""How a device is visited, in virtual time, against devices that are played."""

import asyncio
import math
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from collectors.contract import CollectorError, Context, Limits, NoData, Target
from collectors.memory import DAY_S, Until
from collectors.observation import AnyObservation, ServiceSeen, Unanswered
from collectors.places import Place
from collectors.ports import NEVER
from collectors.scope import Scope
from collectors.tcp import probe
from collectors.tcp.dial import Connection, Refused
from collectors.tcp.probe import GIVE_UP_LEAST_S
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.virtual_time import now, run

UNPACED = Limits(connections_per_second=math.inf, attempts_per_second=math.inf)
TARGET = Target("d-1", ("10.66.0.9",))
RTT_S = 0.001


class Device:
    """Plays TCP: by port "open", "closed", "unreachable", "local"; others are silent."""

    def __init__(self, ports: dict[int, str], banners: dict[int, bytes] | None = None) -> None:
        self.ports = ports
        self.banners = banners or {}
        self.dialled: list[tuple[float, str, int, int]] = []
        self.connections: list[PlayedConnection] = []
        self.dies_after_connections = 10**9

    def dial(
        self, place: Place, port: int, timeout_s: float
    ) -> asyncio.Future[Connection | Refused]:
        loop = asyncio.get_running_loop()
        self.dialled.append((now(), place.address, port, place.link))
        attempt: asyncio.Future[Connection | Refused] = loop.create_future()
        state = self.ports.get(port, "silent")
        if len(self.connections) >= self.dies_after_connections:
            state = "silent"
        if state == "local":
            attempt.set_result(Refused("local", "EPERM"))
        else:
            wait_s = timeout_s if state == "silent" else RTT_S
            loop.call_later(wait_s, self._answer, attempt, state, port)
        return attempt

    def open_at_once(self) -> int:
        """The most connections that were established at the same moment."""
        marks = [(item.began, 1) for item in self.connections]
        marks += [(item.ended, -1) for item in self.connections]
        most = current = 0
        for _, step in sorted(marks, key=lambda mark: (mark[0], mark[1])):
            current += step
            most = max(most, current)
        return most

    def _answer(
        self, attempt: "asyncio.Future[Connection | Refused]", state: str, port: int
    ) -> None:
        if attempt.cancelled():
            return
        if state == "open":
            connection = PlayedConnection(self.banners.get(port, b""))
            self.connections.append(connection)
            attempt.set_result(connection)
        else:
            attempt.set_result(Refused(state))  # type: ignore[arg-type]


class PlayedConnection:
    """Says its banner, if it has one, after 10 ms."""

    def __init__(self, banner: bytes) -> None:
        self.banner = banner
        self.began = now()
        self.ended = math.inf
        self.read_limits: list[tuple[int, float]] = []
        self.closed_in_order = False

    async def read(self, limit: int, timeout_s: float, quiet_s: float) -> bytes:
        self.read_limits.append((limit, timeout_s))
        await asyncio.sleep(0.01 + quiet_s if self.banner else timeout_s)
        return self.banner[:limit]

    async def close(self) -> None:
        await asyncio.sleep(RTT_S)
        self.closed_in_order = True
        self.ended = now()

    def abandon(self) -> None:
        self.ended = min(self.ended, now())


def visit(device: Device, made: Context) -> list[AnyObservation]:
    return run(gathered(probe(made, device)))


def states(observations: list[AnyObservation]) -> dict[int, str]:
    return {item.port: item.state for item in observations if isinstance(item, ServiceSeen)}


def test_open_closed_and_filtered_are_told_apart() -> None:
    device = Device({22: "open", 445: "closed", 80: "open"}, {22: b"SSH-2.0-x\r\n"})
    found = visit(device, context(TARGET, limits=UNPACED, ports=[22, 445, 80, 443]))
    assert states(found) == {22: "open", 445: "closed", 80: "open", 443: "filtered"}
    by_port = {item.port: item for item in found if isinstance(item, ServiceSeen)}
    assert by_port[22].banner == "SSH-2.0-x"
    assert by_port[22].name == "ssh"
    assert by_port[443].evidence == "timeout"
    assert {item.at for item in by_port.values()} == {NOW}
    assert not [item for item in found if isinstance(item, Unanswered)]


def test_a_banner_is_read_only_where_the_protocol_speaks_first() -> None:
    device = Device({22: "open", 80: "open"}, {22: b"SSH-2.0-x\r\n", 80: b"unexpected"})
    found = visit(device, context(TARGET, limits=UNPACED, ports=[22, 80]))
    assert [connection.read_limits for connection in device.connections][:2] == [[(4096, 3.0)], []]
    assert {item.port: item.banner for item in found if isinstance(item, ServiceSeen)} == {
        22: "SSH-2.0-x", 80: "",
    }  # fmt: skip


def test_telnet_is_proven_by_its_first_octet() -> None:
    device = Device({23: "open", 80: "closed"}, {23: b"\xff\xfd\x18login: "})
    (telnet, _) = visit(device, context(TARGET, limits=UNPACED, ports=[23, 80]))
    assert isinstance(telnet, ServiceSeen)
    assert (telnet.evidence, telnet.banner) == ("iac", "login:")


def test_one_connection_at_a_time_and_a_rest_after_each() -> None:
    device = Device(dict.fromkeys(range(6001, 6009), "open"))
    visit(device, context(TARGET, limits=UNPACED, ports=range(6001, 6009)))
    assert device.open_at_once() == 1
    starts = [connection.began for connection in device.connections]
    ends = [connection.ended for connection in device.connections]
    gaps = [start - end for start, end in zip(starts[1:], ends, strict=False)]
    assert min(gaps) >= UNPACED.device_gap_s
    assert all(connection.closed_in_order for connection in device.connections)


def test_a_silent_port_holds_up_the_next_only_briefly() -> None:
    ports = {22: "closed"} | dict.fromkeys(range(6001, 6011), "silent")
    device = Device(ports)

    async def main() -> tuple[list[AnyObservation], float]:
        made = context(TARGET, limits=UNPACED, ports=[22, *range(6001, 6011)])
        return await gathered(probe(made, device)), now()

    found, took_s = run(main())
    assert list(states(found).values()).count("filtered") == 10
    assert took_s < 1.3  # ten times a second one after the other


def test_silence_is_asked_twice_where_answers_come_quickly() -> None:
    device = Device({22: "closed"})
    found = visit(device, context(TARGET, limits=UNPACED, ports=[22, 6001]))
    asked = [at for at, _, port, _ in device.dialled if port == 6001]
    assert asked[1] - asked[0] == pytest.approx(GIVE_UP_LEAST_S)
    assert len(asked) == 2
    assert states(found) == {22: "closed", 6001: "filtered"}


class Lossy(Device):
    """Loses the first question to each port but one."""

    def dial(
        self, place: Place, port: int, timeout_s: float
    ) -> asyncio.Future[Connection | Refused]:
        first = port != 22 and all(port != earlier for _, _, earlier, _ in self.dialled)
        state = self.ports[port]
        try:
            self.ports[port] = "silent" if first else state
            return super().dial(place, port, timeout_s)
        finally:
            self.ports[port] = state


def test_one_lost_packet_is_no_filter() -> None:
    device = Lossy({22: "closed", 80: "open", 443: "closed"})
    found = visit(device, context(TARGET, limits=UNPACED, ports=[22, 80, 443]))
    assert states(found) == {22: "closed", 80: "open", 443: "closed"}


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(connect_timeout_s=0.5), id="no time for two"),
        pytest.param(Limits(connect_timeout_s=2.0), id="the kernel repeats it"),
    ],
)
def test_silence_is_asked_once_where_twice_would_tell_no_more(limits: Limits) -> None:
    device = Device({22: "closed"})
    visit(device, context(TARGET, limits=limits, ports=[22, 6001]))
    assert [port for _, _, port, _ in device.dialled] == [22, 6001]


def test_several_attempts_at_once_when_that_is_allowed() -> None:
    ports = {22: "open"} | dict.fromkeys(range(6001, 6009), "closed") | {6009: "silent"}
    device = Device(ports, {22: b"SSH-2.0-x\r\n"})
    bold = msgspec.structs.replace(UNPACED, attempts_in_flight=8)
    found = visit(device, context(TARGET, limits=bold, ports=list(ports)))
    together = [at for at, *_ in device.dialled]
    assert max(map(together.count, together)) == 7  # all after the three that decide
    assert states(found) == ports | {6009: "filtered"}


def test_an_address_without_a_sign_is_left_after_three_ports_without_claims() -> None:
    device = Device({})
    found = visit(device, context(TARGET, limits=UNPACED))
    assert len(device.dialled) == 3
    assert found == [Unanswered(at=NOW, source="tcp", address="10.66.0.9", kind="tcp", probes=3)]


def test_silence_before_the_first_answer_is_claimed_once_the_address_answers() -> None:
    device = Device({445: "closed"})
    found = visit(device, context(TARGET, limits=UNPACED, ports=[22, 80, 445, 443]))
    assert states(found) == {22: "filtered", 80: "filtered", 445: "closed", 443: "filtered"}


def test_an_icmp_error_is_filtered_where_the_address_answers_elsewhere() -> None:
    device = Device({22: "unreachable", 80: "closed"})
    found = visit(device, context(TARGET, limits=UNPACED, ports=[22, 80]))
    claims = [item for item in found if isinstance(item, ServiceSeen)]
    assert [(item.port, item.state, item.evidence) for item in claims] == [
        (22, "filtered", "unreachable"), (80, "closed", ""),
    ]  # fmt: skip


def test_icmp_errors_alone_claim_nothing() -> None:
    device = Device(dict.fromkeys((22, 80, 443, 445), "unreachable"))
    assert visit(device, context(TARGET, limits=UNPACED, ports=[22, 80, 443, 445])) == []


def test_both_families_are_visited() -> None:
    target = Target("d-1", ("fe80::9%lan0", "2001:db8:66::9", "10.66.0.9", "10.66.0.10"))
    device = Device({80: "closed"})
    visit(device, context(target, limits=UNPACED, ports=[80]))
    assert [dialled[1:] for dialled in device.dialled] == [
        ("10.66.0.9", 80, 0), ("2001:db8:66::9", 80, 0),
    ]  # fmt: skip


def test_more_addresses_when_asked_for_and_the_zone_of_link_local_ones() -> None:
    target = Target("d-1", ("fe80::9%lan0", "2001:db8:66::9", "10.66.0.9", "10.66.0.10"))
    device = Device({80: "closed"})
    found = visit(device, context(target, limits=UNPACED, ports=[80], addresses_per_family=4))
    assert [dialled[1:] for dialled in device.dialled] == [
        ("10.66.0.9", 80, 0), ("10.66.0.10", 80, 0), ("2001:db8:66::9", 80, 0), ("fe80::9", 80, 7),
    ]  # fmt: skip
    assert [(item.interface) for item in found] == ["", "", "", "lan0"]


def test_attempts_and_connections_are_paced_over_all_devices() -> None:
    targets = [Target(f"d-{number}", (f"10.66.0.{number}",)) for number in range(101, 201)]
    device = Device({80: "open"} | dict.fromkeys(range(6001, 6010), "closed"))

    async def main() -> float:
        made = context(*targets, ports=[80, *range(6001, 6010)])
        await gathered(probe(made, device))
        return now()

    took_s = run(main())
    limits = Limits()
    burst = limits.connections_per_second + limits.devices_in_parallel
    assert len(device.connections) == 100
    assert len(device.connections) - burst <= limits.connections_per_second * took_s
    windows = [
        sum(1 for at, *_ in device.dialled if start <= at < start + 1)
        for start in range(int(took_s))
    ]
    assert max(windows) <= limits.attempts_per_second * 1.1


def test_never_more_devices_at_once_than_allowed() -> None:
    targets = [Target(f"d-{number}", (f"10.66.0.{number}",)) for number in range(1, 41)]
    device = Device({})
    visit(device, context(*targets, limits=Limits(devices_in_parallel=4), ports=[80]))
    windows = [
        [at for at, *_ in device.dialled if start <= at < start + 0.99] for start in range(10)
    ]
    assert max(map(len, windows)) <= 4


class Ailing(Device):
    """Answers until the n-th connection, then never again."""

    def __init__(self, ports: dict[int, str], connections: int) -> None:
        super().__init__(ports)
        self.dies_after_connections = connections


def test_a_device_that_falls_silent_is_left_alone_for_a_day() -> None:
    quarantine = Until()
    device = Ailing(dict.fromkeys(range(6001, 6020), "open"), connections=2)
    target = Target("d-1", ("10.66.0.9", "2001:db8:66::9"))
    made = context(target, limits=UNPACED, quarantine=quarantine, ports=range(6001, 6020))
    found = visit(device, made)
    assert list(states(found).values()).count("open") == 2
    assert dict(quarantine) == {"d-1": NOW + DAY_S}
    assert {address for _, address, *_ in device.dialled} == {"10.66.0.9"}
    assert len(device.dialled) <= 2 + 3 + 3 + 3
    with pytest.raises(NoData):
        visit(device, made)
    revived = context(
        target, limits=UNPACED, quarantine=quarantine, clock=lambda: NOW + DAY_S, ports=[6001]
    )
    device.dies_after_connections = 10**9
    assert states(visit(device, revived)) == {6001: "open"}


def test_a_device_that_answers_again_is_not_suspected() -> None:
    quarantine = Until()
    device = Device({22: "open", 80: "closed"}, {22: b"SSH-2.0-x\r\n"})
    found = visit(device, context(TARGET, limits=UNPACED, quarantine=quarantine))
    assert len(quarantine) == 0
    assert list(states(found).values()).count("filtered") > 10


@pytest.mark.parametrize(
    ("ports", "dialled"),
    [
        pytest.param({22: "open", 80: "closed"}, [22, 80], id="a refusal afterwards is enough"),
        pytest.param({80: "closed", 443: "open"}, [80, 443, 80], id="else a closed port is asked"),
        pytest.param({80: "open", 443: "open"}, [80, 443, 80], id="else the first that answered"),
    ],
)
def test_after_a_connection_the_device_must_show_life(
    ports: dict[int, str], dialled: list[int]
) -> None:
    device = Device(ports, {22: b"SSH-2.0-x\r\n"})
    visit(device, context(TARGET, limits=UNPACED, ports=list(ports)))
    assert [port for _, _, port, _ in device.dialled] == dialled


def test_forbidden_ports_are_refused_whoever_asks() -> None:
    device = Device({})
    with pytest.raises(CollectorError, match="ports: port 9100 is never connected to"):
        visit(device, context(TARGET, ports=[80, 9100]))
    assert device.dialled == []


def test_the_list_itself_touches_no_forbidden_port() -> None:
    device = Device({22: "closed"})
    visit(device, context(TARGET, limits=UNPACED))
    assert NEVER.isdisjoint(port for _, _, port, _ in device.dialled)
    assert len(device.dialled) >= 16


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        pytest.param({"ports": 80}, "must be a list of port numbers", id="no list"),
        pytest.param({"ports": ["http"]}, "ports:", id="no number"),
        pytest.param({"addresses_per_family": 0}, "1 to 16", id="no address"),
        pytest.param({"addresses_per_family": "all"}, "1 to 16", id="no number of addresses"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(CollectorError, match=reason):
        visit(Device({}), context(TARGET, **options))


def test_without_a_device_in_scope_there_is_nothing_to_do() -> None:
    for made in (context(), context(TARGET, scope=Scope()), context(Target("d-1", ("10.9.9.9",)))):
        with pytest.raises(NoData, match="no known device"):
            visit(Device({}), made)


def test_a_host_that_lets_nothing_out_says_so() -> None:
    with pytest.raises(CollectorError, match=r"lets no connection out \(EPERM\)"):
        visit(Device({22: "local"}), context(TARGET, limits=UNPACED))


def test_closing_the_collector_leaves_nothing_open() -> None:
    device = Device(dict.fromkeys(range(6001, 6010), "open"))

    async def main() -> None:
        made = context(TARGET, limits=UNPACED, ports=range(6001, 6010))
        async with aclosing(probe(made, device)) as observations:
            async for _ in observations:
                break
        assert len(asyncio.all_tasks()) == 1
        assert all(connection.ended <= now() for connection in device.connections)

    run(main())
