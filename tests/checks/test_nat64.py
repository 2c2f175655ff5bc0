"""Prefixes read out of the answers for ipv4only.arpa (RFC 7050 §3, RFC 6052 §2.4)."""

import pytest

from checks import nat64


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        pytest.param("64:ff9b::c000:aa", "64:ff9b::/96", id="well-known"),
        pytest.param("2001:db8:64::c000:ab", "2001:db8:64::/96", id="96 bits"),
        pytest.param("2001:db8:c000:aa::", "2001:db8::/32", id="32 bits"),
        pytest.param("2001:db8:1c0:0:aa::", "2001:db8:100::/40", id="40 bits"),
        pytest.param("2001:db8:122:c000:0:aa00::", "2001:db8:122::/48", id="48 bits"),
        pytest.param("2001:db8:122:3c0:0:aa::", "2001:db8:122:300::/56", id="56 bits"),
        pytest.param("2001:db8:122:344:c0:0:aa00::", "2001:db8:122:344::/64", id="64 bits"),
        pytest.param("2001:db8::1", None, id="no such address in it"),
        pytest.param("10.0.0.1", None, id="no IPv6"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_embedding_prefix(address: str, prefix: str | None) -> None:
    assert nat64.embedding_prefix(address) == prefix
