"""[snmp]: what is taken, and mistakes that never repeat what could be a secret."""

import pytest

from agent.config.load import ConfigError, parse
from agent.config.show import show
from agent.config.snmp import SnmpLogin

WHOLE = """
[scope]
networks = ["10.66.7.0/24", "2001:db8:66:7::/64"]
[snmp]
port = 1161
[snmp.credentials.switches]
user = "lanwarden"
auth = "sha512"
auth_file = "credential:snmp-auth"
privacy = "aes256"
privacy_file = "privacy"
[snmp.credentials.old]
community_file = "/etc/lanwarden/community"
[snmp.networks]
"10.66.7.0/28" = ["switches", "old"]
"2001:db8:66:7::/64" = ["old"]
"""


def test_what_is_taken() -> None:
    config = parse(WHOLE, "c.toml")
    assert config.snmp.port == 1161
    assert config.snmp.credentials == {
        "switches": SnmpLogin(
            user="lanwarden", auth="sha512", auth_file="credential:snmp-auth", privacy="aes256",
            privacy_file="privacy",
        ),
        "old": SnmpLogin(community_file="/etc/lanwarden/community"),
    }  # fmt: skip
    assert list(config.snmp.networks.items()) == [
        ("10.66.7.0/28", ("switches", "old")), ("2001:db8:66:7::/64", ("old",)),
    ]  # fmt: skip


def test_what_show_prints_loads_to_the_same() -> None:
    config = parse(WHOLE, "c.toml")
    assert parse(show(config), "c.toml") == config


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param('credentials = "s3cret"', "is not a table", id="no table"),
        pytest.param('credentials = { a = "s3cret" }', '"a": is not a table', id="no credential"),
        pytest.param(
            'credentials = { a = { community = "s3cret" } }', '"a": "community": secrets do not',
            id="a secret in the file",
        ),
        pytest.param(
            'credentials = { a = { user = "u" } }', '"a": has neither "community_file" nor',
            id="no passphrase",
        ),
        pytest.param(
            'credentials = { a = { community_file = "f", user = "u" } }', '"user" does not belong',
            id="both",
        ),
        pytest.param(
            'credentials = { a = { user = "u", auth_file = "f", privacy = "aes" } }',
            'has "privacy", but no "privacy_file"', id="privacy without a passphrase",
        ),
        pytest.param(
            'credentials = { a = { user = "u", auth_file = "f", auth = "md5" } }',
            "'md5' is not one of them", id="MD5",
        ),
        pytest.param(
            'credentials = { a = { user = "", auth_file = "f" } }', '"user" is empty', id="no user"
        ),
        pytest.param(
            f'credentials = {{ a = {{ user = "{"u" * 33}", auth_file = "f" }} }}',
            "longer than 32 octets", id="a long user",
        ),
        pytest.param(
            'credentials = { "a b" = { community_file = "f" } }', "is not a name", id="a name"
        ),
        pytest.param(
            'networks = { "10.66.7.0/28" = ["none"] }', 'uses "none", which is not in',
            id="an unknown credential",
        ),
        pytest.param(
            'networks = { "10.99.0.0/28" = [] }', "is not inside scope.networks", id="out of scope"
        ),
        pytest.param(
            'networks = { "10.66.7.0/28" = ["a", "b", "c", "d", "e"] }',
            '"10.66.7.0/28": has 5 entries, at most 4', id="too many",
        ),
        pytest.param('networks = { "10.66.7.1/28" = [] }', "did you mean", id="host bits"),
        pytest.param("port = 0", "0 is not between 1 and 65535", id="port"),
    ],
)  # fmt: skip
def test_mistakes(text: str, wrong: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f'[scope]\nnetworks = ["10.66.7.0/24"]\n[snmp]\n{text}\n', "c.toml")
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith("c.toml: snmp.")
    assert wrong in problem
    assert "s3cret" not in problem
