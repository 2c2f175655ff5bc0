"""Sends prepared frames at a steady rate: `python -m bench.blast FILE RATE SECONDS [INTERFACE]`.

The file holds frames, each behind its length in two octets. Prints how many were sent and the
processor time that it took.
"""

import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

TICK_S = 0.001


def pack(frames: Sequence[bytes]) -> bytes:
    """The content of a file of frames."""
    return b"".join(len(frame).to_bytes(2, "big") + frame for frame in frames)


def unpack(data: bytes) -> list[bytes]:
    """The frames of a file."""
    frames, offset = [], 0
    while offset < len(data):
        end = offset + 2 + int.from_bytes(data[offset : offset + 2], "big")
        frames.append(data[offset + 2 : end])
        offset = end
    return frames


def blast(frames: Sequence[bytes], rate: int, seconds: float, interface: str = "eth0") -> int:
    """Send the frames round and round; how many were sent in all."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sending:
        sending.bind((interface, 0))
        send, count, size = sending.send, 0, len(frames)
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            due = int(min(passed, seconds) * rate)
            while count < due:
                send(frames[count % size])
                count += 1
            time.sleep(TICK_S)
        return count


def main(arguments: Sequence[str]) -> int:
    """Send what the arguments say."""
    path, rate, seconds, *interface = arguments
    frames = unpack(Path(path).read_bytes())
    sent = blast(frames, int(rate), float(seconds), *interface)
    print(sent, time.process_time())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
