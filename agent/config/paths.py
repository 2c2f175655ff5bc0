"""Where things are: the config file, the state directory, the store."""

import os
from collections.abc import Mapping
from pathlib import Path

from agent.config.load import load
from agent.config.sections import Config

SYSTEM_CONFIG = Path("/etc/lanwarden/config.toml")
SYSTEM_STATE = Path("/var/lib/lanwarden")
STORE_NAME = "lanwarden.db"


def default_config_file(environment: Mapping[str, str]) -> Path | None:
    """Return the config file that is used when none is named: the system's, then the user's."""
    user = _user_base(environment, "XDG_CONFIG_HOME", ".config") / "lanwarden" / "config.toml"
    for candidate in (SYSTEM_CONFIG, user):
        if candidate.is_file():
            return candidate
    return None


def read_config(named: Path | None, environment: Mapping[str, str] | None = None) -> Config:
    """Load the named config, else the default file, else the defaults. Raises ConfigError."""
    path = named or default_config_file(os.environ if environment is None else environment)
    return load(path) if path else Config()


def state_directory(config: Config, environment: Mapping[str, str], is_root: bool) -> Path:
    """Return the state directory; it may not exist yet."""
    if config.agent.state_directory:
        return beside(config, config.agent.state_directory)
    given = environment.get("STATE_DIRECTORY", "")
    if given:
        return Path(given.split(":")[0])
    if is_root:
        return SYSTEM_STATE
    return _user_base(environment, "XDG_STATE_HOME", ".local/state") / "lanwarden"


def store_path(config: Config, environment: Mapping[str, str], is_root: bool) -> Path:
    """Return the path of the store; it may not exist yet."""
    if config.store.path:
        return beside(config, config.store.path)
    return state_directory(config, environment, is_root) / STORE_NAME


def beside(config: Config, path: str) -> Path:
    """Return a path from the config; a relative one starts at the config file's directory."""
    return Path(config.source).resolve().parent / path if config.source else Path(path)


def _user_base(environment: Mapping[str, str], variable: str, fallback: str) -> Path:
    given = environment.get(variable, "")
    if given.startswith("/"):
        return Path(given)
    return Path(environment.get("HOME") or "/") / fallback
