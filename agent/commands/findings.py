"""`lanwarden findings`: what the checks say of what is known."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

from agent.commands.options import AsJson, ConfigFile, path_of_store
from agent.errors import UsageRefusal

app = App(
    name="findings",
    help_epilogue="""\
Judges what the store holds; sends nothing. Without --all it shows failures and
warnings. A verdict is unknown, with the reason, when the check could not tell.

Examples:
  lanwarden findings
  lanwarden findings --all --check ipv6.ra_present
""",
)


@app.default
def findings(
    *,
    json: AsJson = False,
    every: Annotated[
        bool,
        Parameter(
            name="--all", negative="", show_default=False, help="Show passes and unknowns too."
        ),
    ] = False,
    check: Annotated[
        list[str] | None,
        Parameter(negative="", show_default=False, help="A check to judge by, and no other."),
    ] = None,
    config: ConfigFile = None,
) -> int:
    """Show what the checks say."""
    from agent import table
    from agent.config.paths import read_config
    from agent.known import known_findings, known_snapshot

    settings = read_config(config)
    snapshot = known_snapshot(settings, path_of_store(settings))
    try:
        found = known_findings(snapshot, check or None)
    except KeyError as error:
        raise UsageRefusal(f"{error.args[0]}; see: lanwarden check list") from None
    if json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        return 0
    out = table.console(sys.stdout)
    if every:
        table.print_findings(out, found, snapshot)
    else:
        table.print_todo(out, found, snapshot, conflicts=not check)
    return 0
