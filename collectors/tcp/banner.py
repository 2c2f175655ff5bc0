"""What a peer said first, as clean text, and what it proves."""

import re

from collectors.ports import Port
from collectors.wire.text import clean_text

MAX_TEXT = 256
IAC, SB, SE, WILL, DONT = 0xFF, 0xFA, 0xF0, 0xFB, 0xFE  # RFC 854
TELNET_NAMES = frozenset({"telnet", "telnet-alt"})

_PROMPT = re.compile(rb"(?:log[io]n|user ?name|password)\s*:", re.IGNORECASE)


def evidence_of(port: Port, heard: bytes) -> str:
    """`iac` for a telnet negotiation, `login-prompt` for a question after a name or password."""
    if port.name not in TELNET_NAMES:
        return ""
    if heard[:1] == bytes((IAC,)):
        return "iac"
    return "login-prompt" if _PROMPT.search(heard) else ""


def text_of(port: Port, heard: bytes) -> str:
    """At most 256 characters of clean text, without telnet's negotiations."""
    if port.name in TELNET_NAMES:
        heard = without_negotiation(heard)
    return clean_text(heard, MAX_TEXT)


def without_negotiation(heard: bytes) -> bytes:
    """The data of a telnet stream (RFC 854), whatever is broken or cut short in its commands."""
    data = bytearray()
    at = 0
    while at < len(heard):
        command = heard[at + 1] if at + 1 < len(heard) else SE
        if heard[at] != IAC:
            data.append(heard[at])
            at += 1
        elif command == IAC:
            data.append(IAC)
            at += 2
        elif command == SB:
            end = heard.find(bytes((IAC, SE)), at)
            at = len(heard) if end < 0 else end + 2
        else:
            at += 3 if WILL <= command <= DONT else 2
    return bytes(data)
