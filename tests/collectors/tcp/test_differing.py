"""Ports in which the families of a device differ are asked for again, over both."""

from typing import Any

import pytest

from collectors.contract import Target
from collectors.observation import ServiceSeen, Unanswered
from collectors.tcp import PORTS_OPTION, probe
from tests.collectors.contexts import context, gathered
from tests.collectors.test_parity import GUA, UNPACED, V4, ByPlace
from tests.collectors.virtual_time import run


def probed(ports: dict[tuple[str, int], str]) -> tuple[ByPlace, list[ServiceSeen]]:
    device = ByPlace(ports)
    options: dict[str, Any] = {PORTS_OPTION: (22, 445)}
    made = context(Target("d-1", (V4, GUA), interface="lan0"), limits=UNPACED, **options)
    found = run(gathered(probe(made, device)))
    assert not [one for one in found if isinstance(one, Unanswered) and one.address == GUA]
    return device, [one for one in found if isinstance(one, ServiceSeen)]


@pytest.mark.parametrize(
    ("four", "six", "state", "against"),
    [
        pytest.param("open", "closed", (GUA, "closed"), V4, id="over IPv4 alone"),
        pytest.param("silent", "open", (V4, "filtered"), GUA, id="over IPv6 alone"),
        pytest.param("open", "silent silent open", (GUA, "open"), "", id="a lost packet"),
        pytest.param("open closed", "closed", (GUA, "closed"), "", id="stopped meanwhile"),
        pytest.param("open", "open", (GUA, "open"), "", id="over both"),
        pytest.param("closed", "closed", (GUA, "closed"), "", id="over none"),
    ],
)
def test_differences(four: str, six: str, state: tuple[str, str], against: str) -> None:
    ports = {(V4, 22): "open", (GUA, 22): "open", (V4, 445): four, (GUA, 445): six}
    _, found = probed(ports)
    last = [one for one in found if one.port == 445 and one.address == state[0]][-1]
    assert (last.state, last.against) == (state[1], against)


def test_where_nothing_differs_nothing_is_asked_again() -> None:
    ports = {(V4, 22): "open", (GUA, 22): "open", (V4, 445): "closed", (GUA, 445): "closed"}
    device, _ = probed(ports)
    assert [port for _, _, port, _ in device.dialled] == [22, 445, 22, 445]


def test_an_address_that_falls_silent_says_nothing_of_its_ports() -> None:
    """The control, which answered, does not any more: the host went away."""
    closed_once = "closed" + " silent" * 9
    ports = {(V4, 22): "open", (V4, 445): "open", (GUA, 22): closed_once, (GUA, 445): closed_once}
    _, found = probed(ports)
    assert [one.against for one in found if one.address == GUA] == ["", ""]
