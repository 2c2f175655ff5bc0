"""`lanwarden ipv6`: how ready the office is for IPv6, from what is known."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from agent.commands.options import AsJson, ConfigFile, path_of_store
from agent.errors import UsageRefusal

if TYPE_CHECKING:
    from agent.config.sections import Config
    from checks.readiness.assessment import Readiness
    from checks.readiness.national import Answer
    from checks.verdict import Finding
    from inventory.snapshot import Snapshot

app = App(
    name="ipv6",
    help_epilogue="""\
Reads the store that the agent keeps; sends nothing. Levels of devices: L0 IPv4
only, L1 speaks IPv6, L2 uses it, L3 the same services on both families, L4 can
live on an IPv6-mostly network, L5 ready without IPv4. Not seen is not no: what
is not known is "?", and the share that is known stands beside every figure.

Examples:
  lanwarden ipv6
  lanwarden ipv6 --since 2026-11-01
  lanwarden ipv6 --network eth0 --all
  lanwarden ipv6 --plan
  lanwarden ipv6 --json | jq '.devices[] | select(.level == "L0") | .name'
  lanwarden ipv6 rehearse
""",
)

Network = Annotated[
    str, Parameter(show_default=False, help="A network's id or interface: only its devices.")
]
Every = Annotated[
    bool,
    Parameter(name="--all", negative="", show_default=False, help="Every device by its name."),
]


@app.default
def ipv6(
    *,
    json: AsJson = False,
    since: Annotated[
        str,
        Parameter(
            show_default=False,
            help='Show what changed since a date ("2026-11-01") or for so long ("7d").',
        ),
    ] = "",
    network: Network = "",
    every: Every = False,
    plan: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Answer the national programmes' items."),
    ] = False,
    items: Annotated[
        Path | None,
        Parameter(show_default=False, help="The items, in place of those that are shipped."),
    ] = None,
    config: ConfigFile = None,
) -> int:
    """How ready for IPv6, why not, and what next."""
    from agent.config.paths import read_config
    from agent.known import known_readiness_at
    from agent.readiness import kept, moment, names
    from checks.readiness import history
    from exporters import readiness as documents

    try:
        wanted = moment(since, time.time()) if since else None
    except ValueError as error:
        raise UsageRefusal(f"--since: {error}") from None
    settings = read_config(config)
    snapshot, findings, readiness = _assessed(settings)
    chosen = _network(network, snapshot)
    answers = _answers(items, snapshot, findings, readiness) if plan or items else None
    called = names()
    made = documents.readiness_document(snapshot, findings, readiness, called, chosen)
    if wanted is not None:
        before = known_readiness_at(path_of_store(settings), wanted)
        compared = history.compare(before, kept(snapshot, findings, readiness))
        made = documents.with_changes(made, compared, called, snapshot)
    if json:
        from exporters.document import encode

        made = documents.with_plan(made, answers)
        sys.stdout.buffer.write(encode(made, pretty=True))
        return 0
    from agent import readiness_table, table

    out = table.console(sys.stdout)
    if answers is not None:
        readiness_table.print_plan(out, made, answers)
    else:
        readiness_table.print_readiness(out, made, every=every)
    return 0


@app.command
def rehearse(
    *,
    json: AsJson = False,
    network: Network = "",
    every: Every = False,
    twin: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="First try what must work, for real, from a station without IPv4. Needs root.",
        ),
    ] = False,
    interface: Annotated[
        str, Parameter(show_default=False, help="Where the twin stands: an interface.")
    ] = "",
    config: ConfigFile = None,
) -> int:
    """What would break without IPv4, predicted from who talks to whom.

    Four modes: IPv6 only; with DNS64 and NAT64; with a CLAT on the device too; and IPv6-mostly,
    where IPv4 stays for those that ask for it.
    """
    from agent.config.paths import read_config
    from agent.readiness import names
    from exporters.document import encode
    from exporters.rehearsal import rehearsal_document

    settings = read_config(config)
    if twin:
        from agent.twin import rehearse_for_real

        rehearse_for_real(settings, interface, path_of_store(settings))
    snapshot, _, readiness = _assessed(settings)
    made = rehearsal_document(snapshot, readiness, names({}), _network(network, snapshot))
    if json:
        sys.stdout.buffer.write(encode(made, pretty=True))
        return 0
    from agent import rehearsal_table, table

    rehearsal_table.print_rehearsal(table.console(sys.stdout), made, every=every)
    return 0


def _assessed(settings: "Config") -> "tuple[Snapshot, tuple[Finding, ...], Readiness]":
    from agent.known import known_findings, known_snapshot
    from checks.readiness.assessment import assess

    snapshot = known_snapshot(settings, path_of_store(settings))
    findings = known_findings(snapshot, None)
    return snapshot, findings, assess(snapshot, findings)


def _network(wanted: str, snapshot: "Snapshot") -> str:
    from agent.todo import network_name

    if not wanted:
        return ""
    for one in snapshot.networks:
        if wanted in (one.id, one.interface, network_name(one), *one.ipv4, *one.ipv6):
            return one.id
    known = ", ".join(f"{network_name(one)} ({one.id})" for one in snapshot.networks)
    raise UsageRefusal(f'--network: "{wanted}" is not known; known are: {known or "none"}')


def _answers(
    path: Path | None,
    snapshot: "Snapshot",
    findings: "tuple[Finding, ...]",
    readiness: "Readiness",
) -> "tuple[Answer, ...]":
    from checks.readiness import national

    try:
        return national.answers(national.items(path), snapshot, findings, readiness)
    except national.ItemsError as error:
        raise UsageRefusal(f"--items: {error}") from None
