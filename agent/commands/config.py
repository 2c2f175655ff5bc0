"""`lanwarden config`: check the configuration, show the effective one."""

import sys
from typing import TYPE_CHECKING

from cyclopts import App

from agent.commands.options import ConfigFile
from agent.config.paths import read_config

if TYPE_CHECKING:
    from agent.config.sections import Config

app = App(
    name="config",
    help_epilogue="""\
Examples:
  lanwarden config check --config ./config.toml
  lanwarden config show
""",
)


@app.command
def check(*, config: ConfigFile = None) -> int:
    """Check the configuration; every mistake of every section is listed."""
    loaded = read_config(config)
    _check_web_config(loaded)
    _check_register(loaded)
    _check_snmp(loaded)
    print(f"{loaded.source or 'The defaults'}: no mistakes found.")
    return 0


@app.command
def show(*, config: ConfigFile = None) -> int:
    """Print the effective configuration; it loads to the same configuration."""
    from agent.config.show import show as text

    print(text(read_config(config)), end="")
    return 0


def _check_register(config: "Config") -> None:
    """Read the register. Problems of rows are told, and do no harm; an unreadable file is one."""
    from agent.errors import UsageRefusal
    from agent.register import register_path
    from inventory.register.model import RegisterError
    from inventory.register.read import read

    path = register_path(config)
    if path is None:
        return
    try:
        register = read(path)
    except RegisterError as error:
        raise UsageRefusal(f"register.file: {error}") from None
    total = register.problems_total
    print(f"{path}: {len(register.entries)} rows, {total} problem{'' if total == 1 else 's'}.")
    if total:
        print("Which ones: lanwarden register check")


def _check_snmp(config: "Config") -> None:
    """Read the secrets of [snmp]: one that others can read is told, one that is unusable ends it.

    Credentials of systemd exist for the service alone.
    """
    from agent.errors import UsageRefusal
    from agent.snmp import UNSET, read_logins

    read = read_logins(config)
    for warning in read.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    mistakes = []
    for problem in read.logins.problems:
        if UNSET in problem:
            print(f"not checked: {problem}", file=sys.stderr)
        else:
            mistakes.append(f"{config.source}: {problem}")
    if mistakes:
        raise UsageRefusal("\n".join(mistakes))


def _check_web_config(config: "Config") -> None:
    from agent.config.paths import beside
    from agent.web.webconfig import read_web_config

    if config.web.web_config_file:
        read_web_config(beside(config, config.web.web_config_file))
