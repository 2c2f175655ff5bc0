"""The config: every mistake is told at once, and the example stays true."""

from pathlib import Path

import msgspec
import pytest

from agent.config.load import ConfigError, load, parse
from agent.config.sections import Config, keys, sections
from agent.config.show import show

ROOT = Path(__file__).parents[3]


def wrong(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.toml")
    return [str(problem) for problem in caught.value.problems]


def test_the_example_has_every_key_with_its_default() -> None:
    import tomllib

    example = ROOT / "config.toml"
    assert msgspec.structs.replace(load(example), source="") == Config()
    written = tomllib.loads(example.read_text(encoding="utf-8"))
    assert {name: set(table) for name, table in written.items()} == {
        name: set(keys(section)) for name, section in sections().items()
    }


def test_an_empty_file_is_the_defaults() -> None:
    assert msgspec.structs.replace(parse("", "c.toml"), source="") == Config()


def test_what_show_prints_loads_to_the_same_config() -> None:
    config = parse(
        """
        [agent]
        site = "Sở Tài chính \\"A\\""
        [scope]
        networks = ["10.66.7.0/24", "2001:db8:66:7::/64"]
        exclude = ["10.66.7.9/32"]
        [schedule]
        presence = "1m30s"
        jitter = 0.5
        [posture]
        default_community = ["10.66.7.0/25"]
        """,
        "c.toml",
    )
    assert parse(show(config), "c.toml") == config


def test_the_problems_of_all_sections_come_together() -> None:
    found = wrong(
        """
        [agnet]
        site = "x"
        [scope]
        networks = ["10.66.7.1/24", "10.66.8.0/24"]
        netwroks = []
        [schedule]
        discovery = "*/5 * * *"
        presence = "soon"
        [web]
        listen = ["::1:10460"]
        [ipv6]
        routers = ["00:1c:73"]
        """
    )
    assert found == [
        (
            'c.toml: [agnet]: there is no such section, did you mean "agent"?; allowed: [agent], '
            "[scope], [tap], [schedule], [register], [ipv6], [domains], [snmp], [posture], "
            "[health], [web], [store], [limits]"
        ),
        (
            'c.toml: scope.networks: "10.66.7.1/24" is an address inside a network; did you mean '
            '"10.66.7.0/24"?; allowed: a list of at most 256 networks such as "10.66.7.0/24"'
        ),
        (
            'c.toml: scope.netwroks: there is no such key, did you mean "networks"?; allowed: '
            "networks, exclude, authority"
        ),
        (
            'c.toml: schedule.discovery: "*/5 * * *" does not have five fields; allowed: a cron '
            'expression such as "*/5 * * * *"'
        ),
        'c.toml: schedule.presence: "soon" is not a duration; allowed: a duration such as "15s"',
        (
            'c.toml: web.listen: "::1:10460": an IPv6 address stands in brackets, as in '
            '"[::1]:10460"; allowed: a list of addresses such as "127.0.0.1:10460" or '
            '"[::1]:10460"'
        ),
        (
            'c.toml: ipv6.routers: "00:1c:73" is neither a MAC nor an IPv6 address; allowed: a '
            'list of MACs or link-local addresses such as "00:1c:73:00:07:01"'
        ),
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("[scope", "not valid TOML", id="not-toml"),
        pytest.param("scope = 1", "is a section, not a value", id="value-for-section"),
        pytest.param("[[scope]]\nnetworks=[]", "is a section, not a value", id="array-of-tables"),
        pytest.param("[scope]\nnetworks = '10.66.7.0/24'", "is not a list", id="text-for-list"),
        pytest.param("[scope]\nnetworks = ['10.0.0.0/8']", "16777216 addresses", id="too-wide"),
        pytest.param("[scope]\nnetworks = [1]", "1 is not text in quotes", id="number-for-text"),
        pytest.param("[tap]\npace_per_second = 0", "not between 1 and 100000", id="pace-zero"),
        pytest.param("[tap]\npace_per_second = true", "not a whole number", id="pace-bool"),
        pytest.param("[tap]\ninterfaces = ['a/b']", "cannot be the name", id="interface"),
        pytest.param("[schedule]\ndiscovery = '0 0 30 2 *'", "discovery", id="cron-never"),
        pytest.param("[schedule]\npresence = -1", "not between 0 and 366 days", id="negative"),
        pytest.param("[agent]\nlanguage = 'fr'", "'fr' is not one of them", id="language"),
        pytest.param("[agent]\nsite = 'a\x1b[31mb'", "not valid TOML", id="escape-in-literal"),
        pytest.param('[agent]\nsite = "a\\u001bb"', "printable", id="control-character"),
        pytest.param("[health]\nalways_on_kinds = ['toaster']", "not a device kind", id="kind"),
        pytest.param(
            "[scope]\nnetworks=['10.66.7.0/24']\n[posture]\ndefault_community=['10.66.8.0/24']",
            "is not inside scope.networks",
            id="consent-outside-scope",
        ),
    ],
)
def test_one_mistake(text: str, part: str) -> None:
    found = wrong(text)
    assert len(found) == 1
    assert part in found[0]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        pytest.param(None, "there is no such file", id="missing"),
        pytest.param(b"\xff\xfe", "is not UTF-8 text", id="not-utf8"),
        pytest.param(b"#" * (1 << 20) + b"##", "larger than 1 MiB", id="huge"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, part: str) -> None:
    path = tmp_path / "c.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=part):
        load(path)


def test_a_directory_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)
