"""`lanwarden config`: check the configuration, show the effective one."""

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


def _check_web_config(config: "Config") -> None:
    from agent.config.paths import beside
    from agent.web.webconfig import read_web_config

    if config.web.web_config_file:
        read_web_config(beside(config, config.web.web_config_file))
