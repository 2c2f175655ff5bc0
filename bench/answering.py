"""The far end of the TCP measurement: listens on ports, greets on some, ends when the peer ends.

`python -m bench.answering PORT…`; says `ready` when it listens. One thread over epoll, so that it
takes little of the machine from those who are measured.
"""

import contextlib
import selectors
import socket
import sys
from collections.abc import Sequence

BACKLOG = 4096
GREETINGS = {22: b"SSH-2.0-OpenSSH_9.2p1\r\n", 21: b"220 files ready\r\n"}


def main(ports: Sequence[int]) -> None:
    """Serve until killed."""
    with selectors.EpollSelector() as selector:
        for port in ports:
            listener = socket.create_server(("", port), backlog=BACKLOG)
            listener.setblocking(False)
            selector.register(listener, selectors.EVENT_READ, port)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                if key.data is None:
                    _end(selector, key.fileobj)
                else:
                    _accept(selector, key.fileobj, key.data)


def _accept(selector: selectors.EpollSelector, listener: socket.socket, port: int) -> None:
    with contextlib.suppress(OSError):  # all are taken, or the peer was gone again
        while True:
            peer, _ = listener.accept()
            peer.setblocking(False)
            selector.register(peer, selectors.EVENT_READ)
            if port in GREETINGS:
                peer.send(GREETINGS[port])


def _end(selector: selectors.EpollSelector, peer: socket.socket) -> None:
    try:
        if peer.recv(4096):
            return
    except BlockingIOError:
        return
    except OSError:
        pass
    selector.unregister(peer)
    peer.close()


if __name__ == "__main__":
    main([int(port) for port in sys.argv[1:]])
