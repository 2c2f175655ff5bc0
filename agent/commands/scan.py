"""`lanwarden scan`: one complete pass now."""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import App, Parameter

from agent.commands.options import AsJson, ConfigFile, locked, made_directory, path_of_store
from agent.errors import (
    EXIT_DONE,
    EXIT_INCOMPLETE,
    EXIT_MISSING,
    MissingRefusal,
    Refusal,
    UsageRefusal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.sections import Config
    from agent.config.values import Reader
    from agent.one_pass import Result

app = App(
    name="scan",
    help_epilogue="""\
Without --network the networks of the config are scanned. With none there
either, it only listens and looks at this machine, and says which networks it
could be given. With --config and without --network the result is added
to the store of that config, unless its agent is running; else nothing is kept.

Examples:
  lanwarden scan --network 10.66.7.0/24
  lanwarden scan --network 10.66.7.0/24 --network 2001:db8:66:7::/64 --json
  lanwarden scan --network 10.66.7.0/24 --only arp --only tcp
  lanwarden scan --network 10.66.7.0/24 --dry-run
""",
)


@app.default
def scan(
    *,
    network: Annotated[
        list[str] | None,
        Parameter(negative="", show_default=False, help="A network to probe, or a range of one."),
    ] = None,
    interface: Annotated[
        list[str] | None,
        Parameter(negative="", show_default=False, help="An interface to use, and no other."),
    ] = None,
    only: Annotated[
        list[str] | None,
        Parameter(negative="", show_default=False, help="A collector to run, and no other."),
    ] = None,
    json: AsJson = False,
    dry_run: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Send nothing; print what would be sent."),
    ] = False,
    config: ConfigFile = None,
) -> int:
    """Make one complete pass now."""
    import logging

    from agent import logs

    logs.configure("error", "logfmt")
    logging.getLogger("lanwarden.runner").setLevel(logging.CRITICAL)  # the result tells
    settings = _settings(config, network or [], interface or [])
    names = _names(settings, only or [])
    keeps = config is not None and not network and not dry_run
    with _store(settings, keeps) as store:
        result = _run(settings, names, store, dry_run)
    if dry_run:
        _print_plan(settings, names, result)
    elif json:
        _print_json(result)
    else:
        _print_tables(settings, result, store is not None and not result.store_problem)
    if result.tap_missing:
        said = f"lanwarden: raw packets: {result.tap_missing}. {result.tap_remedy}"
        print(said.strip(), file=sys.stderr)
    if result.store_problem:
        print(f"lanwarden: the result was not kept: {result.store_problem}", file=sys.stderr)
    if _is_refused(only or [], result):
        return EXIT_MISSING
    return EXIT_DONE if result.is_complete else EXIT_INCOMPLETE


@contextlib.contextmanager
def _store(config: "Config", keeps: bool) -> "Iterator[Path | None]":
    """The store to add to, for as long as it is ours; None when nothing is kept."""
    if not keeps:
        yield None
        return
    path = made_directory(path_of_store(config))
    with locked(path) as ours:
        if not ours:
            print(
                "lanwarden: the agent is running and keeps the store; this result is not kept",
                file=sys.stderr,
            )
        yield path if ours else None


def _settings(file: Path | None, networks: list[str], interfaces: list[str]) -> "Config":
    from agent.config import values
    from agent.config.paths import read_config

    config = read_config(file)
    if networks:
        chosen = _read("--network", values.networks(256), networks)
        scope = msgspec.structs.replace(config.scope, networks=chosen)
        config = msgspec.structs.replace(config, scope=scope)
    if interfaces:
        named = _read("--interface", values.listed(values.interface, 16), interfaces)
        tap = msgspec.structs.replace(config.tap, interfaces=named)
        config = msgspec.structs.replace(config, tap=tap)
    return config


def _read(option: str, reader: "Reader", given: list[str]) -> tuple[str, ...]:
    try:
        found: tuple[str, ...] = reader(given)
    except ValueError as error:
        raise UsageRefusal(f"{option}: {error}") from None
    return found


def _names(config: "Config", only: list[str]) -> frozenset[str]:
    from agent.plan import with_logs
    from agent.scan import EVERYTHING
    from collectors import catalogue

    for name in only:
        try:
            catalogue.by_name(name)
        except KeyError as error:
            raise UsageRefusal(f"--only: {error.args[0]}") from None
    # Whoever asks devices needs to know the own interfaces first.
    return frozenset(only) | {"netlink"} if only else with_logs(EVERYTHING, config)


def _is_refused(only: list[str], result: "Result") -> bool:
    """Whether a collector that was asked for by name could not run for want of the tap."""
    from collectors import catalogue

    return bool(result.tap_missing) and any(catalogue.by_name(name).needs_tap for name in only)


def _run(config: "Config", names: frozenset[str], store: Path | None, dry_run: bool) -> "Result":
    from agent.commands.progress import shown_progress
    from agent.one_pass import one_pass
    from collectors.contract import CollectorError
    from inventory.store import StoreError

    progress, done = shown_progress()
    try:
        return asyncio.run(one_pass(config, names, store, progress, dry_run))
    except StoreError as error:
        raise Refusal(
            f"{error} A scan without --config keeps nothing and needs no store."
        ) from None
    except CollectorError as error:
        raise MissingRefusal(str(error)) from None
    finally:
        done()


def _print_json(result: "Result") -> None:
    from exporters import document as documents

    made = documents.document(
        result.snapshot, result.findings, result.started_at, result.finished_at
    )
    sys.stdout.buffer.write(documents.encode(made, pretty=True))
    sys.stdout.flush()


def _print_tables(config: "Config", result: "Result", kept: bool) -> None:
    from agent import table

    out = table.console(sys.stdout)
    table.print_devices(out, result.snapshot)
    table.print_todo(out, result.findings, result.snapshot)
    out.print()
    table.print_counts(out, result.snapshot)
    table.print_suggested(out, result.snapshot, kept=kept)
    table.print_gaps(out, result.snapshot)
    if not config.scope.networks:
        from agent.scope import advice
        from collectors.netlink import network_suggestions

        out.print(advice(network_suggestions()), soft_wrap=True)


def _print_plan(config: "Config", names: frozenset[str], result: "Result") -> None:
    from collectors import catalogue

    for line in result.planned:
        print(line)
    for name in sorted(names):
        entry = catalogue.by_name(name)
        if entry.active and not entry.needs_tap and config.scope.networks:
            print(f"{name}: {entry.description}; of the devices found, inside the scope")
    if not config.scope.networks:
        print("Nothing would be sent: no network is in scope.")
