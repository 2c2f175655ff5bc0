"""`lanwarden devices`: what is known, without touching the LAN."""

import sys

from cyclopts import App

from agent.commands.options import AsJson, ConfigFile, path_of_store

app = App(
    name="devices",
    help_epilogue="""\
Reads the store that the agent keeps; sends nothing.

Examples:
  lanwarden devices
  lanwarden devices --json | jq -r '.devices[] | select(.state == "down") | .name'
""",
)


@app.default
def devices(*, json: AsJson = False, config: ConfigFile = None) -> int:
    """Show the devices that are known."""
    from agent.config.paths import read_config
    from agent.known import known_findings, known_snapshot

    settings = read_config(config)
    snapshot = known_snapshot(settings, path_of_store(settings))
    if json:
        from exporters import document as documents

        findings = known_findings(snapshot, None)
        made = documents.document(snapshot, findings, snapshot.taken_at, snapshot.taken_at)
        sys.stdout.buffer.write(documents.encode(made, pretty=True))
        return 0
    from agent import table

    out = table.console(sys.stdout)
    table.print_devices(out, snapshot)
    table.print_counts(out, snapshot)
    return 0
