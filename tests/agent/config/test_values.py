"""Single config values."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import values
from agent.config.show import duration_text


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("15s", 15, id="seconds"),
        pytest.param("1h30m", 5400, id="hours-and-minutes"),
        pytest.param("500ms", 0.5, id="milliseconds"),
        pytest.param("2 d", 172_800, id="space"),
        pytest.param(20, 20, id="number"),
    ],
)
def test_durations(value: object, seconds: float) -> None:
    assert values.duration(value) == seconds


@pytest.mark.parametrize("value", ["", "5", "5x", "-5s", "s", "5s5", True, None, "1e3s", "400d", 0])
def test_no_durations(value: object) -> None:
    with pytest.raises(ValueError, match=r"duration|between"):
        values.duration(value)


@given(st.integers(min_value=1, max_value=366 * 86_400))
def test_a_duration_survives_being_shown(seconds: int) -> None:
    assert values.duration(duration_text(float(seconds))) == seconds


@pytest.mark.parametrize(
    "text", ["00:1C:73:00:07:01", "00-1c-73-00-07-01", "001c.7300.0701", "001c73000701"]
)
def test_macs(text: str) -> None:
    assert values.mac(text) == "00:1c:73:00:07:01"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        pytest.param("127.0.0.1:10460", ("127.0.0.1", 10460), id="ipv4"),
        pytest.param("[::1]:10460", ("::1", 10460), id="ipv6"),
        pytest.param(":10460", ("", 10460), id="every-address"),
    ],
)
def test_listen_addresses(text: str, parsed: tuple[str, int]) -> None:
    assert values.parse_listen(text) == parsed


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "host:80", "[127.0.0.1]:80",
     "::1:80", "[::1:80", "127.0.0.1:８０"],
)  # fmt: skip
def test_no_listen_addresses(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.parse_listen(text)


@given(st.text())
def test_any_text_is_a_value_or_a_value_error(text: str) -> None:
    readers = (
        values.duration, values.cidr, values.cron, values.mac, values.router, values.server,
        values.listen_address, values.device_kind, values.interface, values.site, values.line,
    )  # fmt: skip
    for reader in readers:
        with contextlib.suppress(ValueError):
            reader(text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(["10.66.7.0/24"], ("10.66.7.0/24",), id="cidr"),
        pytest.param(
            ["10.66.7.10-10.66.7.15"], ("10.66.7.10/31", "10.66.7.12/30"), id="range of addresses"
        ),
        pytest.param(["10.66.7.*"], ("10.66.7.0/24",), id="pattern"),
        pytest.param(["10.66.6-7.*"], ("10.66.6.0/23",), id="pattern with a range"),
        pytest.param(
            ["2001:db8::10 - 2001:db8::11"], ("2001:db8::10/127",), id="range of IPv6 addresses"
        ),
        pytest.param(["10.66.7.9-10.66.7.9", "10.66.7.9/32"], ("10.66.7.9/32",), id="twice"),
    ],
)
def test_networks_in_every_usual_spelling(given: list[str], expected: tuple[str, ...]) -> None:
    assert values.networks(8)(given) == expected


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        pytest.param(["10.66.7.99-10.66.7.10"], "not a range", id="backwards"),
        pytest.param(["10.66.7.1-2001:db8::1"], "not a range", id="two families"),
        pytest.param(["10.66.*.7"], "not a range", id="hole in the middle"),
        pytest.param(["10.66.7.-"], "not a range", id="half"),
        pytest.param(["0.0.0.1-255.255.255.254"], "at most 8", id="too many parts"),
        pytest.param("10.66.7.0/24", "not a list", id="no list"),
        pytest.param([7], "text", id="a number"),
    ],
)
def test_networks_that_are_none(given: object, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        values.networks(8)(given)


@pytest.mark.parametrize(
    ("reader", "given", "read"),
    [
        pytest.param(values.address, "2001:DB8::0:1", "2001:db8::1", id="address"),
        pytest.param(values.prefix6, "2001:db8::/32", "2001:db8::/32", id="IPv6 network"),
        pytest.param(values.host_port, "WWW.example.vn:443", "www.example.vn:443", id="host"),
        pytest.param(values.host_port, "[2001:DB8::1]:53", "[2001:db8::1]:53", id="IPv6 host"),
        pytest.param(values.service, "e-office=EO.vn:443", "e-office = eo.vn:443", id="service"),
        pytest.param(
            values.service, "giờ = [::2]:123/udp", "giờ = [::2]:123/udp", id="a UDP service"
        ),
        pytest.param(values.domain, "STC.Example.", "stc.example", id="domain"),
        pytest.param(values.domain, "sởtàichính.vn", "xn--stichnh-9va4j2795a.vn", id="IDN"),
        pytest.param(values.truth, True, True, id="true"),
    ],
)
def test_readers_of_what_must_work(reader: values.Reader, given: object, read: object) -> None:
    assert reader(given) == read
    assert reader(read) == read


@pytest.mark.parametrize(
    ("reader", "given"),
    [
        pytest.param(values.address, "10.66.0", id="no address"),
        pytest.param(values.prefix6, "10.66.0.0/24", id="an IPv4 network"),
        pytest.param(values.host_port, "www.example.vn", id="no port"),
        pytest.param(values.host_port, 443, id="a number"),
        pytest.param(values.service, "eo.vn:443", id="a service without a name"),
        pytest.param(values.service, "a = eo.vn:443/icmp", id="no transport"),
        pytest.param(values.service, " = eo.vn:443", id="an empty name"),
        pytest.param(values.domain, "localhost", id="one label"),
        pytest.param(values.domain, "10.66.0.1", id="an address as a domain"),
        pytest.param(values.domain, "-a.example", id="a hyphen in front"),
        pytest.param(values.domain, "https://stc.example", id="a URL"),
        pytest.param(values.domain, "a..example", id="an empty label"),
        pytest.param(values.domain, "ẞ" * 80 + ".vn", id="an endless label"),
        pytest.param(values.truth, 1, id="one"),
        pytest.param(values.truth, "true", id="text"),
    ],
)
def test_what_must_work_refused(reader: values.Reader, given: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        reader(given)
