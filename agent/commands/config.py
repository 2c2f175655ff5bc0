"""`lanwarden config`: check the configuration, show the effective one."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from agent.config.paths import read_config

app = App(
    name="config",
    help_epilogue="""\
Examples:
  lanwarden config check --config ./config.toml
  lanwarden config show
""",
)

ConfigFile = Annotated[
    Path | None,
    Parameter(help="The config file. Default: /etc/lanwarden/config.toml, then the user's."),
]


@app.command
def check(*, config: ConfigFile = None) -> int:
    """Check the configuration; every mistake of every section is listed."""
    loaded = read_config(config)
    _check_web_config(loaded)
    print(f"{loaded.source or 'The defaults'}: no mistakes found.", file=sys.stdout)
    return 0


@app.command
def show(*, config: ConfigFile = None) -> int:
    """Print the effective configuration; it loads to the same configuration."""
    from agent.config.show import show as text

    print(text(read_config(config)), end="")
    return 0


def _check_web_config(config: object) -> None:
    from agent.config.paths import beside
    from agent.config.sections import Config
    from agent.web.webconfig import read_web_config

    assert isinstance(config, Config)
    if config.web.web_config_file:
        read_web_config(beside(config, config.web.web_config_file))
