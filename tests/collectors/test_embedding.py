"""IPv4 inside IPv6: the table of RFC 6052 §2.4, and what must not be."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.nat64 import embedding_prefix
from collectors.embedding import PLACES, embed


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::c000:221"),
    ],
)
def test_the_table_of_the_rfc(prefix: str, expected: str) -> None:
    assert embed(prefix, "192.0.2.33") == expected


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        pytest.param("64:ff9b::/96", "10.1.2.3", id="private through the well-known prefix"),
        pytest.param("2001:db8::/80", "10.1.2.3", id="a length that there is not"),
        pytest.param("10.0.0.0/8", "10.1.2.3", id="an IPv4 prefix"),
        pytest.param("2001:db8::/96", "::1", id="an IPv6 address"),
        pytest.param("nonsense", "10.1.2.3", id="no prefix"),
    ],
)
def test_what_is_refused(prefix: str, address: str) -> None:
    assert embed(prefix, address) is None


@given(st.sampled_from(sorted(PLACES)), st.sampled_from(["192.0.0.170", "192.0.0.171"]))
def test_a_dns64_that_embeds_so_is_found_out(length: int, address: str) -> None:
    prefix = str(ipaddress.IPv6Network(("2001:db8::", length)))
    made = embed(prefix, address)
    assert made is not None
    found = embedding_prefix(made)
    assert found is not None
    assert ipaddress.IPv6Network(found).network_address == ipaddress.IPv6Address("2001:db8::")
