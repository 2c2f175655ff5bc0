"""What the options of `lanwarden scan` make of the configuration."""

from pathlib import Path

import pytest

from agent.commands.scan import _settings
from agent.errors import UsageRefusal


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[scope]\nnetworks = ["10.66.9.0/24"]\n', encoding="utf-8")
    return path


def test_networks_are_read_as_in_the_config(config: Path) -> None:
    settings = _settings(config, ["10.66.7.12-10.66.7.15", "10.66.8.*"], [])
    assert settings.scope.networks == ("10.66.7.12/30", "10.66.8.0/24")


@pytest.mark.parametrize(
    ("networks", "interfaces", "wrong"),
    [
        pytest.param(["10.66.7.0"], [], "--network: ", id="network"),
        pytest.param(["10.66.7.0/24"], ["a/b"], "--interface: ", id="interface beside a network"),
    ],
)
def test_the_wrong_option_is_named(
    config: Path, networks: list[str], interfaces: list[str], wrong: str
) -> None:
    with pytest.raises(UsageRefusal, match=wrong):
        _settings(config, networks, interfaces)
