"""`lanwarden doctor`: what this machine lacks to do its job, and the command that mends it."""

import sys

from cyclopts import App

from agent.commands.options import AsJson, ConfigFile
from agent.errors import EXIT_DONE, EXIT_MISSING

app = App(
    name="doctor",
    help_epilogue="""\
Looks at this machine only; sends nothing. Ends with 3 when something is missing
without which the agent cannot do its job with this config.

Examples:
  lanwarden doctor
  lanwarden doctor --config /etc/lanwarden/config.toml
""",
)

STYLES = {"ok": "green", "note": "yellow", "missing": "bold red"}


@app.default
def doctor(*, json: AsJson = False, config: ConfigFile = None) -> int:
    """Say what this machine lacks to do its job."""
    from agent.config.paths import read_config
    from agent.doctor import examine

    results = examine(read_config(config))
    missing = any(result.verdict == "missing" for result in results)
    if json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
        return EXIT_MISSING if missing else EXIT_DONE
    from rich.text import Text

    from agent.table import console

    out = console(sys.stdout)
    for result in results:
        out.print(
            Text.assemble(
                (f"{result.verdict:<8}", STYLES[result.verdict]),
                (f"{result.name:<20}", "bold"),
                result.found,
            ),
            soft_wrap=True,
        )
        if result.remedy:
            out.print(Text(f"{'':28}{result.remedy}", style="dim"), soft_wrap=True)
    return EXIT_MISSING if missing else EXIT_DONE
