"""The reference pages that follow from the code: `python -m agent.reference` writes them.

A test fails when a page differs from what is written here.
"""

import contextlib
import io
import os
from pathlib import Path

from agent.config.sections import keys, sections
from agent.config.show import toml

PAGES = Path("docs/reference")
WIDTH = "88"


CONFIG_INTRODUCTION = """\
# The configuration

<!-- Written by python -m agent.reference; edit agent/config/sections.py instead. -->

One TOML file: the one that `--config` names, else `/etc/lanwarden/config.toml`, else
`$XDG_CONFIG_HOME/lanwarden/config.toml`; without any, the defaults hold. Relative paths start at
the file's directory. `lanwarden config check` lists every mistake at once: file, key, what is
wrong, what is allowed. `config.toml` at the top of the repository is an example with every key.

Secrets do not belong into this file. Passwords of the web pages are bcrypt hashes in the file that
`web.web_config_file` names; communities and passphrases of SNMP lie in files of their own.

On SIGHUP, or `POST /-/reload`, the file is read anew. When it has a mistake, the configuration
before it goes on, and `lanwarden_config_last_reload_successful` is 0. Changes in `[web]`, `[store]`
and `agent.state_directory` come into force with a restart.
"""

CLI_INTRODUCTION = """\
# The command line

<!-- Written by python -m agent.reference; edit agent/commands instead. -->

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | done, but a part failed, or something could not be finished |
| 2 | wrong usage or configuration |
| 3 | a right, a program or a file that is needed is missing |
| 130 | ended with Ctrl-C |

Errors are one sentence on standard error, with the remedy; mistakes in the configuration are one
line each. After an internal error the traceback is in `error.log` in the state directory; `--debug`
shows it.
"""


def config_page() -> str:
    """The page of every key of the config."""
    lines = [CONFIG_INTRODUCTION.rstrip()]
    for name, section in sections().items():
        about = (section.__doc__ or "").strip()
        lines += ["", f"## [{name}]", "", about, "", "| key | default | allowed | meaning |",
                  "|---|---|---|---|"]  # fmt: skip
        for key in keys(section).values():
            cells = (f"`{key.name}`", f"`{toml(key.name, key.default)}`", key.allowed, key.about)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """The page of every command, as --help prints it."""
    from agent.main import COMMANDS

    lines = [CLI_INTRODUCTION, *_help()]
    for name in COMMANDS:
        lines += ["", f"## {name}", "", *_help(name)]
        for sub in _subcommands(name):
            lines += ["", f"### {name} {sub}", "", *_help(name, sub)]
    return "\n".join(lines) + "\n"


def _help(*command: str) -> list[str]:
    from agent.main import application

    said = io.StringIO()
    os.environ["COLUMNS"] = WIDTH
    from rich.console import Console

    plain = Console(file=said, width=int(WIDTH), color_system=None, force_terminal=False)
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        application()([*command, "--help"], console=plain)
    text = "\n".join(line.rstrip() for line in said.getvalue().strip().splitlines())
    return ["```text", text, "```"]


def _subcommands(name: str) -> list[str]:
    from agent.main import application

    app = application()[name]
    return [found for found in app if not found.startswith("-")]


if __name__ == "__main__":
    (PAGES / "config.md").write_text(config_page(), encoding="utf-8")
    (PAGES / "cli.md").write_text(cli_page(), encoding="utf-8")
