"""The effective config as TOML; there are no secrets in it, and userinfo in paths is hidden."""

import json
import re
from typing import Any

import msgspec

from agent.config.sections import Config, keys, sections


def show(config: Config) -> str:
    """Return the effective config as a TOML text that loads to the same config."""
    lines = [f"# effective config from {config.source or 'the defaults'}"]
    for name, section in sections().items():
        lines += ["", f"[{name}]"]
        values = getattr(config, name)
        lines += [f"{key} = {toml(key, getattr(values, key))}" for key in keys(section)]
    return "\n".join(lines) + "\n"


def toml(key: str, value: Any) -> str:
    """Return one value as TOML; durations (`presence`, `jitter`) as text with their unit."""
    if isinstance(value, tuple):
        return "[" + ", ".join(toml(key, entry) for entry in value) + "]"
    if isinstance(value, dict):
        inside = ", ".join(f"{_bare(name)} = {toml(key, entry)}" for name, entry in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, msgspec.Struct):
        return toml(key, msgspec.to_builtins(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return json.dumps(duration_text(value))
    return json.dumps(value, ensure_ascii=False)


def duration_text(seconds: float) -> str:
    """Return a duration as the config spells it."""
    if seconds != int(seconds):
        return f"{round(seconds * 1000)}ms"
    whole = int(seconds)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def _bare(name: str) -> str:
    """A key of TOML, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
