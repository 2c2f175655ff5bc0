"""Hosts of the far Internet: they accept on port 443, swallow what comes, and answer a line."""

import asyncio
import sys

from agent.lab.host import LabHost

PORT = 443


def start_far(host: LabHost) -> None:
    """Start accepting in a host; returns when it does."""
    import subprocess
    from pathlib import Path

    process = host.popen([sys.executable, str(Path(__file__))], stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[3])})
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"


async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read to the end."""
    try:
        while await reader.read(65536):
            pass
    except OSError:
        pass
    finally:
        writer.close()


async def main() -> None:
    """Serve both families until killed."""
    server = await asyncio.start_server(swallow, "::", PORT)
    four = await asyncio.start_server(swallow, "0.0.0.0", PORT)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    async with server, four:
        await asyncio.gather(server.serve_forever(), four.serve_forever())


if __name__ == "__main__":
    asyncio.run(main())
