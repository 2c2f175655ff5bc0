"""The port table: nothing in it may make a printer print or a machine move."""

import pytest

from collectors.ports import NEVER, PORTS, chosen, probed


def test_every_row_is_complete_and_unique() -> None:
    assert len({port.number for port in PORTS}) == len(PORTS)
    assert all(port.name and 0 < port.number < 65536 for port in PORTS)


def test_what_is_probed_is_a_short_list_without_forbidden_ports() -> None:
    numbers = [port.number for port in probed()]
    assert 10 <= len(numbers) <= 20
    assert NEVER.isdisjoint(numbers)
    assert not any(port.raw_print for port in probed())
    assert {21, 22, 23, 80, 443, 445, 2323}.issubset(numbers)


@pytest.mark.parametrize(
    "number", [515, 9100, 9109, 9112, 9116, 9999, 102, 502, 20000, 44818, 47808]
)
def test_forbidden_ports_cannot_be_chosen(number: int) -> None:
    with pytest.raises(ValueError, match="never connected to"):
        chosen((22, number))


@pytest.mark.parametrize("number", [0, -1, 65536])
def test_a_port_has_sixteen_bits(number: int) -> None:
    with pytest.raises(ValueError, match="no TCP port"):
        chosen((number,))


def test_chosen_ports_keep_names_and_order() -> None:
    assert [(port.number, port.name) for port in chosen((8000, 22, 8000))] == [
        (8000, ""),
        (22, "ssh"),
    ]
