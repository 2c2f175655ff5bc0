"""`lanwarden replay`: the watching part on a capture instead of a live LAN."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from agent.commands.options import AsJson, ConfigFile
from agent.errors import EXIT_DONE, EXIT_INCOMPLETE

if TYPE_CHECKING:
    from agent.replay import Replayed

app = App(
    name="replay",
    help_epilogue="""\
Reads a capture that tcpdump, dumpcap or Wireshark wrote, and shows what the
agent would have seen while watching. Sends nothing and keeps nothing. Times
are those of the capture, states those at its end. Nobody was asked, so checks
that need an answer say unknown.

pcap and pcapng; Ethernet and Linux cooked (any); VLANs are networks of their
own.

Examples:
  lanwarden replay office.pcapng
  lanwarden replay office.pcap --json | jq .devices
""",
)


@app.default
def replay(
    file: Annotated[Path, Parameter(help="The capture.")],
    *,
    json: AsJson = False,
    config: ConfigFile = None,
) -> int:
    """Watch a capture instead of a live LAN."""
    from agent import replay as replays
    from agent.commands.progress import shown_progress
    from agent.config.paths import read_config

    settings = read_config(config)
    progress, done = shown_progress()
    try:
        result = replays.replay(settings, file, progress)
    finally:
        done()
    if json:
        _print_json(result)
    else:
        _print_tables(result)
    for text in (*result.notes, result.problem):
        if text:
            print(f"lanwarden: {text}", file=sys.stderr)
    return EXIT_DONE if result.is_complete else EXIT_INCOMPLETE


def _print_json(result: "Replayed") -> None:
    from exporters import document as documents

    made = documents.document(
        result.snapshot, result.findings, result.started_at, result.finished_at
    )
    sys.stdout.buffer.write(documents.encode(made, pretty=True))
    sys.stdout.flush()


def _print_tables(result: "Replayed") -> None:
    from agent import table

    out = table.console(sys.stdout)
    table.print_devices(out, result.snapshot)
    table.print_todo(out, result.findings, result.snapshot)
    out.print()
    table.print_counts(out, result.snapshot)
    out.print(_period(result), soft_wrap=True)


def _period(result: "Replayed") -> str:
    """How many packets, and when they were captured."""
    from datetime import UTC, datetime

    if not result.finished_at:
        return f"{result.packets} packets without times"
    began, ended = (
        datetime.fromtimestamp(at, UTC).astimezone()
        for at in (result.started_at, result.finished_at)
    )
    return f"{result.packets} packets, {began:%Y-%m-%d %H:%M:%S} to {ended:%Y-%m-%d %H:%M:%S}"
