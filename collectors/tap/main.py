"""`lanwarden-tap`: the process that holds the raw sockets, and nothing else."""

import argparse
import contextlib
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Final, NoReturn

from collectors.tap import privileges
from collectors.tap.bucket import TokenBucket
from collectors.tap.fence import Fence
from collectors.tap.messages import PROTOCOL_VERSION, Ready
from collectors.tap.service import Service
from collectors.tap.session import Session
from collectors.tap.sockets import KernelNetwork

EXIT_USAGE: Final = 2
EXIT_NOT_PERMITTED: Final = 3
DEFAULT_PACE: Final = 1000
MAX_PACE: Final = 1_000_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the tap until the agent goes (--fd) or for ever (--socket)."""
    options = _parser().parse_args(arguments)
    if options.fd is None and options.socket is None:
        _fail(EXIT_USAGE, "Give --fd or --socket, so that there is somebody to tell.")
    with contextlib.ExitStack() as stack:
        service = None
        if options.socket is not None:
            service = stack.enter_context(contextlib.closing(_listen(options.socket)))
        version = _version()  # nobody may not be able to read it
        if not options.dry_run:
            _give_up_rights()
        privileges.limit_resources()
        if options.fd is not None:
            # Ctrl-C reaches the whole terminal; the agent decides what ends, and in which order.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            privileges.die_with_parent()
            _serve(options, version, _inherited(options.fd))
        elif service is not None:
            signal.signal(signal.SIGTERM, _end)
            signal.signal(signal.SIGINT, _end)
            service.run(lambda connection: _serve(options, version, connection))


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    def time(self) -> float:
        """Unix time in seconds."""
        return time.time()


def _serve(options: argparse.Namespace, version: str, connection: socket.socket) -> None:
    network = KernelNetwork()
    clock = SystemClock()
    with selectors.DefaultSelector() as selector:
        Session(
            connection,
            selector,
            network,
            clock,
            Fence(options.network, options.exclude, options.interface, network.own_links),
            TokenBucket(options.pace, time.monotonic),
            os.urandom(16),
            Ready(
                protocol=PROTOCOL_VERSION,
                version=version,
                networks=tuple(options.network),
                pace_per_second=options.pace,
                dry_run=options.dry_run,
            ),
        ).run()


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def _version() -> str:
    """The installed version, from the name of its metadata; empty in a bare source tree.

    `importlib.metadata` would load the mail parser: a fifth of the whole start.
    """
    for folder in sys.path:
        for metadata in Path(folder).glob("lanwarden-*.dist-info"):
            return metadata.name.split("-")[1].removesuffix(".dist")
    return ""


def _give_up_rights() -> None:
    try:
        privileges.keep_raw_sockets_only()
    except privileges.NotPermitted:
        _fail(
            EXIT_NOT_PERMITTED,
            "Raw sockets are not permitted: the process lacks CAP_NET_RAW. Run as root, or give "
            "the service AmbientCapabilities=CAP_NET_RAW.",
        )


def _inherited(descriptor: int) -> socket.socket:
    try:
        connection = socket.socket(socket.AF_UNIX, fileno=descriptor)
    except OSError as error:
        _fail(EXIT_USAGE, f"--fd {descriptor} is no socket: {error.strerror}.")
    os.set_inheritable(descriptor, False)
    return connection


def _listen(path: str) -> Service:
    try:
        return Service(Path(path))
    except OSError as error:
        _fail(EXIT_USAGE, f"Cannot listen on {path}: {error.strerror}. Give another --socket.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lanwarden-tap", description="Holds the raw sockets for lanwarden.", allow_abbrev=False
    )
    for name, meaning in (
        ("--network", "what may be probed; repeatable"),
        ("--exclude", "what may not, inside those; repeatable"),
    ):
        parser.add_argument(
            name, action="append", default=[], metavar="CIDR", type=_cidr, help=meaning
        )
    parser.add_argument(
        "--interface", action="append", default=[], help="use these only; repeatable", metavar="IF"
    )
    parser.add_argument(
        "--pace",
        type=_pace,
        default=DEFAULT_PACE,
        metavar="N",
        help="frames per second, 0 for as fast as it goes (default: %(default)s)",
    )
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--fd", type=int, metavar="N", help="the agent's socket, inherited")
    end.add_argument("--socket", metavar="PATH", help="wait for agents on this Unix socket")
    parser.add_argument(
        "--dry-run", action="store_true", help="tell what would be sent; send nothing"
    )
    return parser


def _cidr(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _pace(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > MAX_PACE:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {MAX_PACE}")
    return int(text)


def _fail(code: int, sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
