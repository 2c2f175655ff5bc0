"""Which advertisements come from routers that nobody allowed."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import rogue_ra
from checks.verdict import Finding
from collectors.observation import AdvertisedPref64
from inventory.snapshot import Policy, Router, TapState
from tests.checks import lan

BY_MAC = Policy(routers=(lan.ROUTER_MAC.upper(),))
BY_ADDRESS = Policy(routers=("fe80::1",))
VIRTUAL = "00:00:5e:00:02:01"
BAD = ("2001:db8:bad::/64",)

GOOD = lan.router(rdnss=("2001:db8:66::53",))
ROGUE = lan.router(lan.ROGUE_MAC, "fe80::66", prefixes=BAD)
STUB = lan.router(lan.ROGUE_MAC, "fe80::66", prefixes=("fd00:66::/64",), lifetime_s=0)

LATE = lan.NOW - 7200
HOSTILE = lan.router(lan.ROGUE_MAC, "fe80::66", prefixes=BAD, rdnss=("2001:db8:bad::53",))


def goodbye(router: Router, **fields: Any) -> Router:
    """The same router after it withdrew itself with nothing in the advertisement."""
    gone = lan.router(router.mac, router.address, prefixes=(), lifetime_s=0, **fields)
    return msgspec.structs.replace(gone, withdrawn=True, earlier=router.advertisement)


def judge(policy: Policy, *routers: Router, network: Any = None, **fields: Any) -> Finding:
    networks = (lan.network(routers=routers, **(network or {})),)
    (finding,) = rogue_ra.judge(lan.snapshot(networks=networks, policy=policy, **fields))
    return finding


LISTED: list[Any] = [
    pytest.param((GOOD,), "pass", None, id="the allowed one alone"),
    pytest.param((), "pass", None, id="nobody"),
    pytest.param((GOOD, ROGUE), "fail", "high", id="another prefix"),
    pytest.param(
        (GOOD, lan.router(lan.ROGUE_MAC, "fe80::66", prefixes=())), "fail", "high", id="no prefix"
    ),
    pytest.param(
        (GOOD, lan.router(lan.ROGUE_MAC, "fe80::66", rdnss=("2001:db8:bad::53",))),
        "fail",
        "critical",
        id="resolvers",
    ),
    pytest.param(
        (GOOD, lan.router(lan.ROGUE_MAC, "fe80::66", preference="high")),
        "fail",
        "critical",
        id="high preference",
    ),
    pytest.param(
        (
            GOOD,
            lan.router(lan.ROGUE_MAC, "fe80::66", pref64=(AdvertisedPref64("64:ff9b::/96", 1800),)),
        ),
        "fail",
        "critical",
        id="NAT64 prefix",
    ),
    pytest.param(
        (GOOD, lan.router(lan.ROGUE_MAC, "fe80::1", lifetime_s=0, prefixes=())),
        "fail",
        "high",
        id="withdraws the allowed one in its name",
    ),
    pytest.param(
        (GOOD, lan.router(lan.ROGUE_MAC, "fe80::66", prefixes=BAD, lifetime_s=0)),
        "fail",
        "high",
        id="lifetime 0 with a global prefix",
    ),
    pytest.param((GOOD, STUB), "warn", "low", id="stub router"),
    pytest.param((GOOD, lan.router(VIRTUAL, "fe80::9")), "warn", "low", id="VRRP twin"),
    pytest.param(
        (GOOD, lan.router(VIRTUAL, "fe80::9", prefixes=BAD)), "fail", "high", id="VRRP, own prefix"
    ),
    pytest.param(
        (GOOD, lan.router(VIRTUAL, "fe80::9", preference="high")),
        "fail",
        "critical",
        id="VRRP, preferred over the allowed one",
    ),
    pytest.param(
        (GOOD, lan.router(VIRTUAL, "fe80::9", rdnss=("2001:db8:bad::53",))),
        "fail",
        "critical",
        id="VRRP, own resolver",
    ),
    pytest.param((GOOD, goodbye(ROGUE)), "fail", "high", id="withdrew itself"),
    pytest.param(
        (GOOD, goodbye(lan.router(lan.ROGUE_MAC, "fe80::66", prefixes=(), rdnss=("fd00::53",)))),
        "fail",
        "critical",
        id="resolvers alone, withdrew itself",
    ),
    pytest.param((GOOD, goodbye(HOSTILE)), "fail", "critical", id="resolvers, withdrew itself"),
    pytest.param(
        (GOOD, lan.router(lan.ROGUE_MAC, "fe80::66", last_seen=LATE)), "fail", "high", id="ran out"
    ),
    pytest.param(
        (GOOD, goodbye(lan.router(VIRTUAL, "fe80::9"))), "warn", "low", id="VRRP twin that left"
    ),
    pytest.param(
        (goodbye(GOOD), lan.router(VIRTUAL, "fe80::9")), "warn", "low", id="twin of one that left"
    ),
    pytest.param((GOOD, goodbye(ROGUE, last_seen=LATE)), "fail", "high", id="left for hours"),
    pytest.param(
        (GOOD, goodbye(ROGUE, last_seen=lan.NOW - 86401)), "pass", None, id="left for a day"
    ),
    pytest.param(
        (GOOD, lan.router(lan.ROGUE_MAC, "fe80::66", last_seen=lan.NOW - 86401)),
        "pass",
        None,
        id="gone for a day",
    ),
]


@pytest.mark.parametrize(("routers", "verdict", "severity"), LISTED)
def test_with_a_list(routers: tuple[Router, ...], verdict: str, severity: str | None) -> None:
    finding = judge(BY_MAC, *routers)
    assert finding.verdict == verdict
    if severity is not None:
        assert finding.severity == severity


def test_the_list_may_hold_link_local_addresses() -> None:
    assert judge(BY_ADDRESS, GOOD).verdict == "pass"
    assert judge(BY_ADDRESS, GOOD, ROGUE).verdict == "fail"


def test_a_failure_shows_who_and_what() -> None:
    finding = judge(BY_MAC, GOOD, lan.router(lan.ROGUE_MAC, "fe80::66", rdnss=("fe80::53",)))
    (rogue,) = finding.evidence["routers"]
    assert rogue["mac"] == lan.ROGUE_MAC
    assert rogue["address"] == "fe80::66"
    assert rogue["prefixes"] == ["2001:db8:66::/64"]
    assert rogue["preference"] == "medium"
    assert rogue["lifetime_s"] == 1800
    assert rogue["rdnss"] == ["fe80::53"]
    assert rogue["class"] == "router"
    assert lan.ROGUE_MAC in finding.summary


@pytest.mark.parametrize(
    ("router", "expected"),
    [
        pytest.param(STUB, "stub-router", id="stub"),
        pytest.param(lan.router(VIRTUAL, "fe80::9"), "virtual-router", id="VRRP"),
        pytest.param(lan.router(lan.ROGUE_MAC, "fe80::1"), "same-address-other-mac", id="forged"),
    ],
)
def test_the_evidence_says_what_kind_of_router_it_is(router: Router, expected: str) -> None:
    (described,) = judge(BY_MAC, GOOD, router).evidence["routers"]
    assert described["class"] == expected


QUIET: dict[str, Any] = {"solicitations": 0, "listened_s": 60.0}
CONTROLS: list[Any] = [
    pytest.param(QUIET, {}, "unknown", "not_solicited", id="neither asked nor waited"),
    pytest.param({"solicitations": 0, "listened_s": 1800.0}, {}, "pass", None, id="waited"),
    pytest.param({"solicitations": 2, "listened_s": 0.0}, {}, "pass", None, id="asked"),
    pytest.param(
        {}, {"tap": TapState(available=False)}, "unknown", "no_tap", id="no tap, whatever before"
    ),
    pytest.param({"interface": ""}, {}, "unknown", "not_listened", id="behind a router"),
    pytest.param(
        {"agent_has_ipv6": False, "listened_s": 60.0},
        {},
        "unknown",
        "agent_has_no_ipv6",
        id="cannot ask",
    ),
]


@pytest.mark.parametrize(("network", "fields", "verdict", "reason"), CONTROLS)
@pytest.mark.parametrize("routers", [(GOOD,), ()], ids=["allowed router", "no router"])
def test_silence_counts_only_with_a_control(
    routers: tuple[Router, ...],
    network: dict[str, Any],
    fields: dict[str, Any],
    verdict: str,
    reason: str | None,
) -> None:
    finding = judge(BY_MAC, *routers, network=network, **fields)
    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_one_question_is_enough_where_an_allowed_router_answers() -> None:
    asked_once = {"solicitations": 1, "listened_s": 0.0}
    assert judge(BY_MAC, GOOD, network=asked_once).verdict == "pass"
    assert judge(BY_MAC, network=asked_once).reason == "not_solicited"


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param(goodbye(GOOD), id="withdrawn"),
        pytest.param(lan.router(last_seen=LATE), id="ran out"),
    ],
)
def test_an_allowed_router_that_is_gone_is_no_control(gone: Router) -> None:
    asked_once = {"solicitations": 1, "listened_s": 0.0}
    assert judge(BY_MAC, gone, network=asked_once).reason == "not_solicited"
    assert judge(BY_MAC, gone).summary == "no router advertises"


def test_a_rogue_that_left_is_told_as_past_with_what_it_said() -> None:
    finding = judge(BY_MAC, GOOD, goodbye(HOSTILE))
    assert f"({lan.ROGUE_MAC}) advertised, not in the list" in finding.summary
    (rogue,) = finding.evidence["routers"]
    assert rogue["withdrawn"]
    assert rogue["class"] == "router"
    assert rogue["earlier"]["rdnss"] == ["2001:db8:bad::53"]
    assert rogue["earlier"]["prefixes"] == list(BAD)


def test_without_a_list_a_router_that_left_still_differs() -> None:
    assert judge(Policy(), lan.router(), goodbye(HOSTILE)).verdict == "warn"


def test_the_list_may_carry_zones() -> None:
    assert judge(Policy(routers=("fe80::1%eth0",)), GOOD).verdict == "pass"


def test_a_rogue_is_told_even_without_a_control() -> None:
    finding = judge(BY_MAC, GOOD, ROGUE, network=QUIET, tap=TapState(available=False))
    assert finding.verdict == "fail"


SECOND = "00:1c:73:00:07:02"
UNLISTED: list[Any] = [
    pytest.param((), "pass", None, id="nobody"),
    pytest.param((GOOD,), "unknown", "no_allow_list", id="one router"),
    pytest.param(
        (lan.router(), lan.router(SECOND, "fe80::2")),
        "unknown",
        "no_allow_list",
        id="agreeing pair",
    ),
    pytest.param((lan.router(), ROGUE), "warn", None, id="another prefix"),
    pytest.param(
        (lan.router(), lan.router(SECOND, "fe80::2", rdnss=("2001:db8:bad::53",))),
        "warn",
        None,
        id="another resolver",
    ),
    pytest.param((GOOD, STUB), "unknown", "no_allow_list", id="router and stub router"),
    pytest.param((STUB,), "unknown", "no_allow_list", id="stub router alone"),
]


@pytest.mark.parametrize(("routers", "verdict", "reason"), UNLISTED)
def test_without_a_list(routers: tuple[Router, ...], verdict: str, reason: str | None) -> None:
    finding = judge(Policy(), *routers)
    assert (finding.verdict, finding.reason) == (verdict, reason)
    if routers:
        assert [one["mac"] for one in finding.evidence["routers"]] == [one.mac for one in routers]


def test_a_flood_is_counted_and_cut() -> None:
    flood = [lan.router(lan.ROGUE_MAC, f"fe80::66:{number:x}") for number in range(200)]
    finding = judge(BY_MAC, GOOD, *flood)
    assert len(finding.evidence["routers"]) == 16
    assert "and 198 more" in finding.summary
