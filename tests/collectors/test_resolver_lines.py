"""Lines as dnsmasq 2.90 and unbound 1.17 write them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.resolver_lines import Answer, Question, moment, parse

NOW = 1_800_000_000.0
D = "Nov 22 19:00:00 dnsmasq[123]: "


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param(f"{D}query[A] Kho.Example from 10.66.7.5",
            Question("10.66.7.5", "kho.example", "A", with_answers=True), id="dnsmasq"),
        pytest.param(f"{D}12 10.66.7.5/4242 query[AAAA] kho.example from 10.66.7.5",
            Question("10.66.7.5", "kho.example", "AAAA", with_answers=True), id="dnsmasq extra"),
        pytest.param(f"{D}query[AAAA] kho.example from fe80::5%eth0",
            Question("fe80::5", "kho.example", "AAAA", with_answers=True), id="a zone"),
        pytest.param(f"{D}reply kho.example is 10.66.7.9", Answer("kho.example", "10.66.7.9"),
            id="an address"),
        pytest.param(f"{D}cached kho.example is 2001:DB8::9", Answer("kho.example", "2001:db8::9"),
            id="from the cache, canonical"),
        pytest.param(f"{D}/etc/hosts kho.example is 10.66.7.9", Answer("kho.example", "10.66.7.9"),
            id="from a hosts file"),
        pytest.param(f"{D}config kho.example is NODATA-IPv6",
            Answer("kho.example", lacks=("ipv6",)), id="no AAAA"),
        pytest.param(f"{D}reply kho.example is NXDOMAIN",
            Answer("kho.example", lacks=("ipv4", "ipv6")), id="no such name"),
        pytest.param(f"{D}reply www.kho.example is <CNAME>", Answer("www.kho.example", alias=True),
            id="an alias"),
        pytest.param("[1799999000] unbound[9:0] info: 10.66.7.5 kho.example. A IN",
            Question("10.66.7.5", "kho.example", "A"), id="unbound query"),
        pytest.param(
            "[1799999000] unbound[9:1] info: 10.66.7.5 kho.example. AAAA IN NOERROR 0.01 0 60",
            Question("10.66.7.5", "kho.example", "AAAA", "NOERROR"), id="unbound reply"),
        pytest.param("[1799999000] unbound[9:0] query: 10.66.7.5 kho.example. A IN",
            Question("10.66.7.5", "kho.example", "A"), id="unbound with log-tag-queryreply"),
        pytest.param(f"{D}query[PTR] 5.7.66.10.in-addr.arpa from 10.66.7.5", None, id="PTR"),
        pytest.param(f"{D}query[A] kho.example from 127.0.0.1", None, id="the resolver itself"),
        pytest.param(f"{D}query[A] kho.example from nobody", None, id="no address"),
        pytest.param(f"{D}query[A] localhost from 10.66.7.5", None, id="one label"),
        pytest.param(f"{D}query[A] \x1b[31mkho.example from 10.66.7.5", None, id="control"),
        pytest.param(f"{D}query[A] {'x' * 64}.example from 10.66.7.5", None, id="a long label"),
        pytest.param(f"{D}reply kho.example is 10.66.7", None, id="half an address"),
        pytest.param(f"{D}forwarded kho.example to 10.66.7.1", None, id="forwarded"),
        pytest.param("x" * 5000, None, id="too long"),
        pytest.param("", None, id="empty"),
    ],
)  # fmt: skip
def test_lines(line: str, said: Question | Answer | None) -> None:
    assert parse(line) == said


@pytest.mark.parametrize(
    ("line", "at"),
    [
        pytest.param("[1799999000] unbound[9:0] info: x", 1799999000.0, id="unbound"),
        pytest.param("2027-01-15T07:00:00+00:00 gw dnsmasq[1]: x", 1799996400.0, id="RFC 3339"),
        pytest.param("2027-01-15T14:00:00.123456+07:00 gw dnsmasq[1]: x", 1799996400.0, id="+7"),
        pytest.param("[9999999999] unbound[9:0] info: x", NOW, id="the future"),
        pytest.param("2027-99-99T14:00:00+07:00 gw x", NOW, id="no such day"),
        pytest.param("no time at all", NOW, id="none"),
    ],
)
def test_moments(line: str, at: float) -> None:
    assert moment(line, NOW) == at


def test_the_form_without_a_year_is_the_last_such_moment() -> None:
    text = time.strftime("%b %d %H:%M:%S", time.localtime(NOW - 86400))
    assert moment(f"{text} dnsmasq[1]: x", NOW) == NOW - 86400
    text = time.strftime("%b %d %H:%M:%S", time.localtime(NOW + 40 * 86400))
    assert moment(f"{text} dnsmasq[1]: x", NOW) < NOW - 300 * 86400


@given(st.text(max_size=300), st.floats(min_value=1e9, max_value=4e9))
def test_any_text_is_a_value_or_nothing(text: str, now: float) -> None:
    assert isinstance(parse(f"dnsmasq[1]: {text}"), Question | Answer | None)
    assert 0 < moment(text, now) <= now
