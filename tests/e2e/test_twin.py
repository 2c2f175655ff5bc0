"""The IPv6-only twin is run by hand beside an agent, which keeps and shows what it found."""

from collections.abc import Iterator

import pytest

from agent.lab import Host, Lan, LanPlan, build
from agent.lab.offers import DnsServer, Http, Prefix, RouterAdvertiser
from tests.e2e.running import RunningAgent, config_text, eventually, run_inside, running
from tests.lan.readiness import AGENT, IPV6, gateway, server

SERVICES = {"cong": 1.0, "cu": 0.0}
TEXT = (
    config_text()
    + f"""
[ipv6]
twin = true
must_work = ["cong = dual.stc.example:80", "cu = old.stc.example:80"]
resolvers = ["{IPV6}::53"]
"""
)


@pytest.fixture(scope="module", name="twin_lan")
def a_lan(requires_namespaces: None) -> Iterator[Lan]:
    router = Host(
        name="gw", kind="router", mac=gateway().mac, ipv4="10.66.7.1", ipv6="static",
        ipv6_static=(f"{IPV6}::1", f"{IPV6}::53"), behaviours=("router",),
        offers=(
            RouterAdvertiser(prefixes=(Prefix(prefix=f"{IPV6}::/64"),), rdnss=(f"{IPV6}::53",)),
            DnsServer(zone="stc.example"),
        ),
    )  # fmt: skip
    hosts = (
        router,
        server("dual", 10, Http(title="Cong")),
        server("old", 12, Http(title="Cu"), ipv6="none"),
    )
    with build(LanPlan(agent=AGENT, hosts=hosts)) as lan:
        yield lan


@pytest.fixture(scope="module", name="told")
def what_the_command_told(
    twin_lan: Lan, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningAgent, str]]:
    with running(twin_lan, tmp_path_factory.mktemp("agent"), TEXT) as agent:
        agent.wait_for_passes()
        assert agent.metric("lanwarden_ipv6_twin_success") == {}
        code, _, said = run_inside(
            twin_lan, "ipv6", "rehearse", "--twin", "--interface", "eth0",
            "--config", str(agent.config),
        )  # fmt: skip
        assert code == 0, said
        yield agent, said


def test_the_command_says_what_it_does_and_what_came_of_it(
    told: tuple[RunningAgent, str],
) -> None:
    _, said = told
    assert "cong: works" in said
    assert "cu: fails at resolve" in said
    assert "kept: 1 of 2 services worked without IPv4" in said


def test_the_running_agent_shows_it(told: tuple[RunningAgent, str]) -> None:
    agent, _ = told
    wanted = {f'{{service="{name}"}}': works for name, works in SERVICES.items()}
    eventually(
        lambda: agent.metric("lanwarden_ipv6_twin_success") == wanted, 30, "results on /metrics"
    )
    assert len(agent.metric("lanwarden_ipv6_twin_timestamp_seconds")) == len(SERVICES)
    page = agent.get("/ipv6").text
    assert "Tried for real" in page
    assert page.index("has no IPv6 address") < page.index("HTTP/1.1 200 OK")  # the worst first


def test_the_agent_keeps_it(told: tuple[RunningAgent, str], twin_lan: Lan) -> None:
    agent, _ = told
    agent.child.terminate()
    assert agent.child.wait(20) == 0
    code, document, said = run_inside(
        twin_lan, "ipv6", "rehearse", "--json", "--config", str(agent.config)
    )
    assert code == 0, said
    assert {one["service"]: float(one["works"]) for one in document["twin"]} == SERVICES
