"""Where things are."""

from pathlib import Path

import pytest

from agent.config.load import parse
from agent.config.paths import beside, default_config_file, state_directory, store_path
from agent.config.sections import Config


@pytest.mark.parametrize(
    ("environment", "is_root", "expected"),
    [
        pytest.param({"STATE_DIRECTORY": "/run/a:/run/b"}, True, "/run/a", id="systemd"),
        pytest.param({}, True, "/var/lib/lanwarden", id="root"),
        pytest.param({"XDG_STATE_HOME": "/x"}, False, "/x/lanwarden", id="xdg"),
        pytest.param({"HOME": "/h"}, False, "/h/.local/state/lanwarden", id="home"),
        pytest.param(
            {"HOME": "/h", "XDG_STATE_HOME": "rel"}, False, "/h/.local/state/lanwarden",
            id="relative-xdg-is-ignored",
        ),
    ],
)  # fmt: skip
def test_state_directory(environment: dict[str, str], is_root: bool, expected: str) -> None:
    assert state_directory(Config(), environment, is_root) == Path(expected)


def test_paths_in_the_config_start_at_its_directory(tmp_path: Path) -> None:
    config = parse('[store]\npath = "a.db"\n', str(tmp_path / "c.toml"))
    assert store_path(config, {}, True) == tmp_path / "a.db"
    assert beside(config, "/etc/web.yml") == Path("/etc/web.yml")


def test_the_user_s_config_is_found(tmp_path: Path) -> None:
    file = tmp_path / "lanwarden" / "config.toml"
    file.parent.mkdir()
    file.touch()
    assert default_config_file({"XDG_CONFIG_HOME": str(tmp_path)}) == file
