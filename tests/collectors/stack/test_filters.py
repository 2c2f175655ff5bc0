"""Packet filters as nft prints them: what is dropped by family, which ICMPv6 cannot come in."""

from typing import Any

import pytest

from collectors.stack.filters import judge

NEEDED = (1, 2, 3, 4, 134, 135, 136)
ACCEPT: dict[str, Any] = {"accept": None}
DROP: dict[str, Any] = {"drop": None}


def chain(family: str = "inet", policy: str = "accept", **fields: Any) -> dict[str, Any]:
    base = {
        "family": family, "table": "t", "name": "input", "type": "filter", "hook": "input",
        "policy": policy,
    }  # fmt: skip
    return {"chain": base | fields}


def rule(*parts: dict[str, Any], family: str = "inet", name: str = "input") -> dict[str, Any]:
    return {"rule": {"family": family, "table": "t", "chain": name, "expr": list(parts)}}


def match(left: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def icmpv6(*types: Any) -> dict[str, Any]:
    left = {"payload": {"protocol": "icmpv6", "field": "type"}}
    return match(left, types[0] if len(types) == 1 else {"set": list(types)})


def state(*states: str) -> dict[str, Any]:
    return match({"ct": {"key": "state"}}, list(states), "in")


PORT = match({"payload": {"protocol": "tcp", "field": "dport"}}, 445)
ONLY_4 = match({"meta": {"key": "nfproto"}}, "ipv4")
ONLY_6 = match({"meta": {"key": "nfproto"}}, "ipv6")
ICMPV6 = match({"meta": {"key": "l4proto"}}, "ipv6-icmp")
ERRORS = ("destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem")
ND = ("nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert")

CASES: list[Any] = [
    pytest.param([], False, False, (), id="empty"),
    pytest.param([chain()], False, False, (), id="a chain that lets all in"),
    pytest.param([chain("ip", "drop")], True, False, (), id="IPv4 alone"),
    pytest.param([chain("ip6", "drop")], False, True, NEEDED, id="IPv6 alone, everything"),
    pytest.param([chain(), rule(PORT, DROP)], True, True, (), id="a port over both"),
    pytest.param([chain(), rule(ONLY_4, PORT, DROP)], True, False, (), id="a port over IPv4"),
    pytest.param([chain(), rule(ONLY_6, PORT, {"reject": None})], False, True, (), id="IPv6 port"),
    pytest.param(
        [chain(policy="drop"), rule(state("established", "related", "untracked"), ACCEPT)],
        True, True, (), id="by state",
    ),
    pytest.param(
        [chain(policy="drop"), rule(state("established", "related"), ACCEPT)],
        True, True, (134, 135, 136), id="discovery forgotten",
    ),
    pytest.param(
        [chain(policy="drop"), rule(state("established"), ACCEPT), rule(icmpv6(*ND), ACCEPT)],
        True, True, (1, 2, 3, 4), id="errors forgotten",
    ),
    pytest.param(
        [chain(policy="drop"), rule(icmpv6(*ND, *ERRORS), ACCEPT)], True, True, (), id="by name",
    ),
    pytest.param([chain(policy="drop"), rule(ICMPV6, ACCEPT)], True, True, (), id="all ICMPv6"),
    pytest.param(
        [chain(policy="drop"), rule(icmpv6({"range": [1, 4]}, 134, 135, 136), ACCEPT)],
        True, True, (), id="by number",
    ),
    pytest.param(
        [chain(policy="drop"), rule(icmpv6("@wanted"), ACCEPT)], True, True, (), id="a named set",
    ),
    pytest.param(
        [chain(policy="drop"), rule(PORT, ACCEPT)], True, True, NEEDED, id="one port alone",
    ),
    pytest.param(
        [chain(policy="drop"), rule({"vmap": {"key": {}, "data": {}}})], True, True, (),
        id="verdicts by a map",
    ),
    pytest.param([chain(), rule(icmpv6("packet-too-big"), DROP)], False, True, (2,), id="too big"),
    pytest.param(
        [chain(), rule(icmpv6(*ERRORS), ACCEPT), rule(ICMPV6, DROP)], True, True,
        (134, 135, 136), id="the rest",
    ),
    pytest.param(
        [chain(), rule(icmpv6("packet-too-big"), {"limit": {"rate": 5}}, DROP)], False, True, (),
        id="too many of them",
    ),
    pytest.param(
        [chain(), rule({"jump": {"target": "more"}}), rule(PORT, DROP, name="more")],
        True, True, (), id="in another chain",
    ),
    pytest.param(
        [chain(), rule({"jump": {"target": "input"}}), rule(PORT, DROP)],
        True, True, (), id="a chain that leads to itself",
    ),
    pytest.param([chain(hook="forward", policy="drop")], False, False, (), id="of others"),
    pytest.param([{"metainfo": {}}, {"table": {"name": "t"}}], False, False, (), id="no chains"),
]  # fmt: skip


@pytest.mark.parametrize(("ruleset", "four", "six", "lost"), CASES)
def test_rulesets(ruleset: Any, four: bool, six: bool, lost: tuple[int, ...]) -> None:
    assert judge(ruleset, NEEDED) == ({"ipv4": four, "ipv6": six}, lost)
