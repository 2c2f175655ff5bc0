"""A scanner that scans when it is told to: what `lanwarden scan --config` does, many times over.

It runs as a program inside the agent's host. A line on standard input is a request, a line on
standard output the JSON document of the pass, in the order of the requests.
"""

import asyncio
import resource
import sys
from pathlib import Path

import msgspec


class Request(msgspec.Struct, frozen=True):
    """One pass: which collectors, and the store to start from and to add to."""

    names: tuple[str, ...]
    config: str
    store: str


class Answer(msgspec.Struct, frozen=True):
    """What a pass gave: the document, what it cost, and what went wrong with it."""

    document: msgspec.Raw
    cpu_s: float
    wall_s: float
    sent: dict[str, int]
    problem: str = ""


def main() -> None:
    """Answer requests until the input ends."""
    from agent.config.load import load
    from agent.one_pass import one_pass
    from agent.scan import silent
    from exporters.document import document, encode

    for line in sys.stdin.buffer:
        request = msgspec.json.decode(line, type=Request)
        before = _cpu_s()
        config = load(Path(request.config))
        result = asyncio.run(one_pass(config, request.names, Path(request.store), silent))
        shown = document(result.snapshot, result.findings, result.started_at, result.finished_at)
        answer = Answer(
            document=msgspec.Raw(encode(shown).strip()),
            cpu_s=_cpu_s() - before,
            wall_s=result.finished_at - result.started_at,
            sent=result.snapshot.tap.sent,
            problem=result.store_problem or result.tap_missing,
        )
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


def _cpu_s() -> float:
    """CPU time of this process and of the taps that have ended."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))


if __name__ == "__main__":
    main()
