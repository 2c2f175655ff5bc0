"""Which networks have a router that advertises IPv6."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import ra_present
from checks.verdict import Finding
from inventory.snapshot import Router, TapState
from tests.checks import lan

DOWN = TapState(available=False, reason="not permitted")
OLD = lan.NOW - 1861
GONE = msgspec.structs.replace(
    lan.router(lifetime_s=0), withdrawn=True, earlier=lan.router().advertisement
)


def judge(network: dict[str, Any], **fields: Any) -> Finding:
    (finding,) = ra_present.judge(lan.snapshot(networks=(lan.network(**network),), **fields))
    return finding


CASES: list[Any] = [
    pytest.param({"routers": (lan.router(),)}, {}, "pass", None, id="router advertises"),
    pytest.param({"routers": (lan.router(),)}, {"tap": DOWN}, "pass", None, id="still in force"),
    pytest.param({}, {}, "fail", None, id="asked and silent"),
    pytest.param({"solicitations": 0}, {}, "unknown", "not_solicited", id="never asked"),
    pytest.param({"solicitations": 1}, {}, "unknown", "not_solicited", id="asked once"),
    pytest.param(
        {"solicitations": 0, "listened_s": 86400.0},
        {},
        "unknown",
        "not_solicited",
        id="long passive silence is no failure",
    ),
    pytest.param({}, {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
    pytest.param({"agent_has_ipv6": False}, {}, "unknown", "agent_has_no_ipv6", id="no own IPv6"),
    pytest.param({"interface": ""}, {}, "unknown", "not_listened", id="behind a router"),
    pytest.param(
        {"routers": (lan.router(lifetime_s=0),)}, {}, "warn", None, id="no default router"
    ),
    pytest.param({"routers": (lan.router(last_seen=OLD),)}, {}, "fail", None, id="ran out"),
    pytest.param(
        {"routers": (lan.router(last_seen=OLD + 60),)}, {}, "pass", None, id="written down late"
    ),
    pytest.param(
        {"routers": (lan.router(lifetime_s=0, last_seen=OLD),)}, {}, "fail", None, id="left"
    ),
    pytest.param({"routers": (GONE,)}, {}, "fail", None, id="withdrew itself just now"),
    pytest.param(
        {"routers": (GONE, lan.router(address="fe80::2"))}, {}, "pass", None, id="one of two left"
    ),
    pytest.param(
        {"routers": (GONE, lan.router(address="fe80::2", lifetime_s=0))},
        {},
        "warn",
        None,
        id="one left, one never was",
    ),
    pytest.param(
        {"routers": (lan.router(last_seen=OLD),), "solicitations": 0},
        {},
        "unknown",
        "not_solicited",
        id="ran out, not asked since",
    ),
    pytest.param(
        {"routers": (lan.router(lifetime_s=0), lan.router(address="fe80::2"))},
        {},
        "pass",
        None,
        id="one of two",
    ),
]


@pytest.mark.parametrize(("network", "fields", "verdict", "reason"), CASES)
def test_verdict(
    network: dict[str, Any], fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    finding = judge(network, **fields)
    assert (finding.verdict, finding.reason) == (verdict, reason)
    assert finding.subject == "network:n-1"


def test_a_pass_shows_who_advertises_what() -> None:
    finding = judge({"routers": (lan.router(rdnss=("2001:db8:66::53",)),)})
    assert finding.evidence["routers"] == [
        {
            "address": "fe80::1",
            "mac": lan.ROUTER_MAC,
            "lifetime_s": 1800,
            "preference": "medium",
            "managed": False,
            "other": False,
            "prefixes": ["2001:db8:66::/64"],
            "rdnss": ["2001:db8:66::53"],
            "last_seen": lan.NOW - 60,
            "withdrawn": False,
        }
    ]


def test_a_failure_shows_how_often_routers_were_asked() -> None:
    finding = judge({"solicitations": 4})
    assert finding.evidence["solicitations"] == 4
    assert "4 solicitations" in finding.summary


@pytest.mark.parametrize(
    ("router", "words"),
    [
        pytest.param(GONE, "fe80::1 withdrew itself", id="withdrawn"),
        pytest.param(lan.router(last_seen=OLD), "its lifetime has run out", id="ran out"),
    ],
)
def test_a_failure_says_who_left(router: Router, words: str) -> None:
    finding = judge({"routers": (router,)})
    assert words in finding.summary
    assert [one["mac"] for one in finding.evidence["routers_expired"]] == [lan.ROUTER_MAC]


def test_every_network_is_judged() -> None:
    networks = (lan.network("n-1", routers=(lan.router(),)), lan.network("n-2"))
    findings = list(ra_present.judge(lan.snapshot(networks=networks)))
    assert [(one.subject, one.verdict) for one in findings] == [
        ("network:n-1", "pass"),
        ("network:n-2", "fail"),
    ]


def test_a_flood_of_routers_does_not_fill_the_evidence() -> None:
    flood = tuple(lan.router(address=f"fe80::{number:x}") for number in range(1, 200))
    assert len(judge({"routers": flood}).evidence["routers"]) == 16
