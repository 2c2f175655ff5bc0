"""Table entries become addresses seen, when they prove something and are in scope."""

import pytest

from collectors.contract import NoData
from collectors.neighbours import collect, observe
from collectors.netlink.kernel import NUD_STATES, Neighbour
from collectors.observation import AddressSeen
from collectors.scope import Scope
from tests.collectors.contexts import SCOPE, context, gathered
from tests.collectors.virtual_time import run

MAC = "02:00:00:00:00:09"


@pytest.mark.parametrize("state", NUD_STATES.values())
def test_only_answers_count(state: str) -> None:
    entry = Neighbour("lan0", "10.66.0.9", MAC, state, False, 0.0)
    proven = state in {"reachable", "stale", "delay", "probe", "permanent"}
    assert len(list(observe([entry], SCOPE, 100.0))) == proven


def test_an_entry_carries_the_time_of_its_confirmation() -> None:
    entry = Neighbour("lan0", "2001:db8:66::9", MAC, "stale", True, 40.0)
    assert list(observe([entry], SCOPE, 100.0)) == [
        AddressSeen(
            at=60.0, source="neighbours", interface="lan0", mac=MAC, address="2001:db8:66::9",
            how="neighbour_table", router=True,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("interface", "address", "seen"),
    [
        pytest.param("lan0", "10.66.0.9", True, id="in scope"),
        pytest.param("lan0", "fe80::9", True, id="link-local on a link in scope"),
        pytest.param("lan0", "10.66.0.66", False, id="excluded"),
        pytest.param("lan0", "10.67.0.9", False, id="another network of the link"),
        pytest.param("wan0", "10.66.0.9", False, id="another link"),
        pytest.param("wan0", "fe80::9", False, id="link-local on another link"),
    ],
)
def test_scope_holds(interface: str, address: str, seen: bool) -> None:
    entry = Neighbour(interface, address, MAC, "reachable", False, 0.0)
    assert bool(list(observe([entry], SCOPE, 100.0))) is seen


def test_without_a_link_in_scope_there_is_nothing_to_read() -> None:
    with pytest.raises(NoData, match="no own interface"):
        run(gathered(collect(context(scope=Scope(networks=("10.66.0.0/24",))))))
