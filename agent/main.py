"""The `lanwarden` program: finds the command, runs it, turns every failure into one sentence."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.errors import EXIT_INTERRUPTED, EXIT_USAGE, Refusal

if TYPE_CHECKING:
    from cyclopts import App

ABOUT = """\
Inventories an office LAN, judges its IPv6 readiness and security posture, watches for failures,
and tells Prometheus.

Nothing is probed but the networks that you name.
"""

EXAMPLES = """\
Examples:
  lanwarden demo                            an office in a box, to look at
  lanwarden doctor                          what this machine lacks
  lanwarden scan --network 10.66.7.0/24     one pass over a network, as a table
  lanwarden run --config /etc/lanwarden/config.toml

Exit codes:
  0 done; 1 done, but a part failed; 2 wrong usage or config; 3 a right or a
  program is missing. With --debug, an internal error shows its traceback.
"""

# What there is and what it does. `agent.commands.NAME` is imported when NAME is called.
COMMANDS = {
    "demo": "Build a small office LAN and run the agent on it.",
    "run": "Run the agent until told to stop.",
    "scan": "Make one complete pass now.",
    "replay": "Watch a capture instead of a live LAN.",
    "devices": "Show the devices that are known.",
    "findings": "Show what the checks say.",
    "ipv6": "How ready for IPv6, why not, and what next.",
    "events": "Show what happened.",
    "register": "The office's list of its devices, against what was seen.",
    "check": "The catalogue of checks: list, show.",
    "doctor": "Say what this machine lacks to do its job.",
    "config": "The configuration: check, show.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in tokens
    if debug:
        tokens.remove("--debug")
    try:
        return _call(tokens)
    except Refusal as refusal:
        _say(str(refusal))
        return refusal.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`); nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        from agent.crash import record

        _say(record(error, tokens))
        return 1


def application() -> "App":
    """Build the command line without importing any command."""
    from cyclopts import App

    from agent.version import version

    app = App(
        name="lanwarden",
        help=ABOUT,
        help_epilogue=EXAMPLES,
        help_format="plaintext",
        version=version,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for place, (name, about) in enumerate(COMMANDS.items()):
        app.command(f"agent.commands.{name}:app", name=name, help=about, sort_key=place)
    return app


def _call(tokens: list[str]) -> int:
    from cyclopts import CycloptsError

    try:
        result = application()(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        text = " ".join(str(error).split())
        _say(f"{text} See: lanwarden {_command_of(tokens)}--help")
        return EXIT_USAGE
    return result if isinstance(result, int) else 0


def _command_of(tokens: list[str]) -> str:
    return f"{tokens[0]} " if tokens and tokens[0] in COMMANDS else ""


def _say(text: str) -> None:
    for line in text.splitlines() or [""]:
        print(f"lanwarden: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
