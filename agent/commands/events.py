"""`lanwarden events`: what happened, newest first."""

import sys
import time
from typing import Annotated

from cyclopts import App, Parameter

from agent.commands.options import AsJson, ConfigFile, path_of_store
from agent.errors import UsageRefusal

app = App(
    name="events",
    help_epilogue="""\
Examples:
  lanwarden events --limit 20
  lanwarden events --since 24h
""",
)


@app.default
def events(
    *,
    json: AsJson = False,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    since: Annotated[
        str | None, Parameter(help='Only those of the last so long, such as "24h".')
    ] = None,
    config: ConfigFile = None,
) -> int:
    """Show what happened."""
    from agent import table
    from agent.config import values
    from agent.config.paths import read_config
    from agent.known import known_events, known_snapshot

    if not 1 <= limit <= 100_000:
        raise UsageRefusal("--limit must be between 1 and 100000")
    try:
        after = time.time() - values.duration(since) if since is not None else None
    except ValueError as error:
        raise UsageRefusal(f"--since: {error}") from None
    settings = read_config(config)
    path = path_of_store(settings)
    found = known_events(path, limit, after)
    if json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        return 0
    table.print_events(table.console(sys.stdout), found, known_snapshot(settings, path))
    return 0
