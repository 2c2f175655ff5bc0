"""Mutated and random octets for every parser: `python -m tests.collectors.wire.fuzz`.

What may come of any octets is a value or a `DecodeError`, soon, and in little memory. The seed is
printed; with the same seed and name the same inputs come again.
"""

import argparse
import contextlib
import io
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Final

import msgspec

from collectors.wire import capture, ethernet, frame, pcap, pcapng
from collectors.wire.errors import REASONS, DecodeError
from tests.collectors.wire.parsers import PARSERS, Parser
from tests.collectors.wire.samples import FRAMES
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES
from tests.collectors.wire.samples_readiness import READINESS_FRAMES

MILLION: Final = 1_000_000
LONGEST_S: Final = 0.05  # of processor time for one input
MAX_GROWTH_BYTES: Final = 64 << 20
LONGEST_BYTES: Final = 9000
NOTABLE: Final = (0, 1, 2, 4, 7, 8, 0x10, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xFE, 0xFF)


class Outcome(msgspec.Struct, frozen=True):
    """What came of one parser's inputs; `fault` names the first that broke a rule."""

    name: str
    count: int
    values: int
    refused: int
    seconds: float
    slowest_s: float
    grown_bytes: int
    fault: str = ""


def targets() -> dict[str, tuple[Parser, tuple[bytes, ...]]]:
    """Each parser once, with all the valid messages that its inputs are made of."""
    frames = tuple((FRAMES | DISCOVERY_FRAMES | READINESS_FRAMES).values())
    found: dict[str, tuple[Parser, tuple[bytes, ...]]] = {
        name: (parse, (wire,)) for name, (parse, wire) in PARSERS.items() if "frame" not in name
    }
    found["frame"] = (both_ways, frames)
    records = tuple(pcap.write_record(1.7e9 + n, wire) for n, wire in enumerate(frames))
    blocks = tuple(pcapng.write_packet(1.7e9 + n, wire) for n, wire in enumerate(frames))
    classic = pcap.write_header(pcap.ETHERNET) + b"".join(records[:4])
    modern = pcapng.write_section() + pcapng.write_interface() + b"".join(blocks[:4])
    found["capture"] = (read_capture, (classic, modern, modern + modern))
    return found


def both_ways(data: bytes) -> object:
    """A frame has two ways into the decoder; what they say is the same."""
    said = [_said(frame.decode, data), _said(_the_long_way, data)]
    if said[0] != said[1]:
        raise AssertionError(f"{said[0]} is not {said[1]}")
    if isinstance(said[0], DecodeError):
        raise said[0]
    return said[0]


def read_capture(data: bytes) -> int:
    """All the packets of a capture, as replay reads them."""
    count = 0
    for packet in capture.read(io.BytesIO(data)):
        count += 1
        try:
            capture.parse(packet)
        except DecodeError:
            continue
    return count


def inputs(corpus: Sequence[bytes], chance: random.Random) -> Iterator[bytes]:
    """Endless inputs: mostly spoiled messages, now and then noise."""
    mutations = (_cut, _flip, _set, _set_length, _splice, _repeat, _insert, _remove)
    while True:
        if chance.random() < 0.05:
            yield chance.randbytes(chance.randrange(400))
            continue
        data = bytearray(chance.choice(corpus))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            chance.choice(mutations)(data, corpus, chance)
        yield bytes(data[:LONGEST_BYTES])


def run(name: str, count: int, seed: int) -> Outcome:
    """Feed one parser; ends at the first fault."""
    parse, corpus = targets()[name]
    made = inputs(corpus, random.Random(f"{seed} {name}"))
    before, began = _peak_bytes(), time.process_time()
    values = refused = done = 0
    slowest, fault = 0.0, ""
    for done in range(1, count + 1):  # noqa: B007
        data = next(made)
        started = time.perf_counter()
        try:
            parse(data)
            values += 1
        except DecodeError as error:
            refused += 1
            if error.reason not in REASONS or not 0 <= error.offset <= max(len(data), 4):
                fault = f"{error!r} for {data.hex()}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the fault looked for
            fault = f"{error!r} for {data.hex()}"
        took = time.perf_counter() - started
        if took > LONGEST_S / 20:
            took = _again(parse, data)  # it may have been another process that took the time
            fault = f"{took:.3f} s for {data.hex()}" if took > LONGEST_S else fault
        slowest = max(slowest, took)
        if fault:
            break
    grown = _peak_bytes() - before
    if grown > MAX_GROWTH_BYTES and not fault:
        fault = f"memory grew by {grown >> 20} MiB"
    spent = time.process_time() - began
    return Outcome(name, done, values, refused, spent, slowest, grown, fault)


def main(arguments: Sequence[str]) -> int:
    """Feed all parsers, or those named; 1 when one broke a rule."""
    options = _options(arguments)
    print(f"seed {options.seed}, {options.count:,} inputs for each parser", flush=True)
    faults = 0
    task = partial(run, count=options.count, seed=options.seed)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for one in pool.map(task, options.name or targets()):
            faults += bool(one.fault)
            print(
                f"{one.name:18} {one.count:>9,} inputs  {one.values:>9,} values  "
                f"{one.refused:>9,} refused  {one.seconds:6.1f} s  "
                f"slowest {one.slowest_s * 1000:6.2f} ms  {one.fault[:500]}",
                flush=True,
            )
    print(f"{faults} parsers broke a rule" if faults else "no parser broke a rule")
    return 1 if faults else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.collectors.wire.fuzz")
    parser.add_argument("name", nargs="*", choices=[*targets(), []], help="the parsers; all")
    parser.add_argument("--count", type=int, default=MILLION, help="inputs for each parser")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    return parser.parse_args(arguments)


def _said(decode: Callable[[bytes], object], data: bytes) -> object:
    try:
        return decode(data)
    except DecodeError as error:
        return _Refusal(error.reason, error.offset)


class _Refusal(DecodeError):
    """A `DecodeError` that can be compared."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DecodeError) and (other.reason, other.offset) == (
            self.reason,
            self.offset,
        )

    __hash__ = None  # type: ignore[assignment]


def _the_long_way(data: bytes) -> object:
    return frame.decode_ethernet(ethernet.parse(data))


def _again(parse: Parser, data: bytes) -> float:
    """The least processor time of a few calls."""
    took = []
    for _ in range(3):
        began = time.process_time()
        with contextlib.suppress(DecodeError):
            parse(data)
        took.append(time.process_time() - began)
    return min(took)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _cut(data: bytearray, _corpus: Sequence[bytes], chance: random.Random) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _flip(data: bytearray, _corpus: Sequence[bytes], chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _set(data: bytearray, _corpus: Sequence[bytes], chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice(NOTABLE)


def _set_length(data: bytearray, _corpus: Sequence[bytes], chance: random.Random) -> None:
    """A number of two or four octets, in either order, near what is left or absurd."""
    width = chance.choice((2, 4))
    if len(data) < width:
        return
    at = chance.randrange(len(data) - width + 1)
    left = len(data) - at
    value = chance.choice((0, 1, left - 1, left, left + 1, 0x7FFF, 0xFFFF, 2 ** (8 * width) - 1))
    order = chance.choice(("big", "little"))
    data[at : at + width] = max(0, value).to_bytes(width, order)  # type: ignore[arg-type]


def _splice(data: bytearray, corpus: Sequence[bytes], chance: random.Random) -> None:
    other = chance.choice(corpus)
    data[chance.randrange(len(data) + 1) :] = other[chance.randrange(len(other) + 1) :]


def _repeat(data: bytearray, _corpus: Sequence[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.randrange(1, 64)]
    data[start:start] = part * chance.choice((1, 2, 8, 64, 300))
    del data[LONGEST_BYTES:]


def _insert(data: bytearray, _corpus: Sequence[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.randbytes(chance.randrange(1, 9))


def _remove(data: bytearray, _corpus: Sequence[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    del data[at : at + chance.randrange(1, 9)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
