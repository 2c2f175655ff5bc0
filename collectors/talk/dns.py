"""One DNS question to one server, and what came of it; never an exception on its account."""

import asyncio
import errno
import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from collectors.observation import Outcome, Transport
from collectors.wire.text import clean_text

if TYPE_CHECKING:
    import dns.message

TIMEOUT_S: Final = 2.0
UDP_TRIES: Final = 2
PAYLOAD_BYTES: Final = 1232  # what passes every path without fragments (RFC 9715 §3)
MAX_ANSWERS: Final = 32
MAX_ALIASES: Final = 10
MAX_TEXT: Final = 255

_UNREACHABLE = frozenset({
    errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EACCES,
    errno.EPERM, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENODEV,
})  # fmt: skip


class Answer(msgspec.Struct, frozen=True):
    """What came of a question.

    `records` are those of the type that was asked for, at the end of the chain of aliases, as text
    without a final dot. `alias` is where a chain led that the answer did not follow to its end.
    """

    outcome: Outcome
    rcode: str = ""
    records: tuple[str, ...] = ()
    alias: str = ""
    duration_s: float | None = None

    @property
    def told(self) -> bool:
        """Whether the server knows: there are such records, or it says that there are none."""
        return self.outcome == "answered" and self.rcode in ("NOERROR", "NXDOMAIN")


class Asker(Protocol):
    """Asks DNS servers."""

    async def __call__(
        self, server: str, name: str, kind: str, transport: Transport, *, unaltered: bool = False
    ) -> Answer:
        """Ask a server (address, link-local with its zone) for records of a type (`AAAA`).

        `unaltered`: as the zone has them; a DNS64 must not add to them (RFC 6147 §5.5). A question
        over UDP whose answer did not fit is asked again over TCP.
        """


async def ask(
    server: str, name: str, kind: str, transport: Transport, *, unaltered: bool = False
) -> Answer:
    """See Asker; with dnspython."""
    import dns.exception
    import dns.flags
    import dns.message

    try:
        question = dns.message.make_query(
            name, kind, use_edns=0, payload=PAYLOAD_BYTES, want_dnssec=unaltered
        )
    except (dns.exception.DNSException, ValueError):
        return Answer("error")
    if unaltered:
        question.flags |= dns.flags.CD
    loop = asyncio.get_running_loop()
    began = loop.time()
    outcome, reply = await _exchange(question, server, transport)
    if reply is None:
        return Answer(outcome)
    took_s = round(loop.time() - began, 4)
    records, alias = _chain(reply, question.question[0].name, kind)
    rcode = clean_text(dns.rcode.to_text(reply.rcode()), 16)
    return Answer("answered", rcode, records, alias, took_s)


async def _exchange(
    question: "dns.message.Message", server: str, transport: Transport
) -> tuple[Outcome, "dns.message.Message | None"]:
    import dns.asyncquery
    import dns.exception
    import dns.message

    for _ in range(UDP_TRIES if transport == "udp" else 1):
        try:
            if transport == "tcp":
                return "answered", await dns.asyncquery.tcp(question, server, timeout=TIMEOUT_S)
            return "answered", await dns.asyncquery.udp(
                question, server, timeout=TIMEOUT_S, ignore_unexpected=True, ignore_errors=True,
                raise_on_truncation=True,
            )  # fmt: skip
        except dns.message.Truncated as short:
            _, whole = await _exchange(question, server, "tcp")
            return "answered", whole or short.message()
        except (dns.exception.Timeout, TimeoutError):
            continue
        except ConnectionRefusedError:
            return "refused", None
        except OSError as error:
            return ("unreachable" if error.errno in _UNREACHABLE else "error"), None
        except (EOFError, dns.exception.DNSException, ValueError):
            return "error", None
    return "timeout", None


def _chain(reply: "dns.message.Message", name: Any, kind: str) -> tuple[tuple[str, ...], str]:
    """The records at the end of the aliases; and, when there are none there, that end's name.

    Records of names that nobody asked for do not count.
    """
    import dns.rdataclass
    import dns.rdatatype

    wanted, start = dns.rdatatype.from_text(kind), name
    for _ in range(MAX_ALIASES):
        records = reply.get_rrset(reply.answer, name, dns.rdataclass.IN, wanted)
        if records is not None:
            found = [_text(record, kind) for record in list(records)[:MAX_ANSWERS]]
            return tuple(dict.fromkeys(text for text in found if text)), ""
        aliases = reply.get_rrset(reply.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if not aliases:
            break
        name = aliases[0].target
    return (), "" if name == start else clean_text(name.to_text(omit_final_dot=True), MAX_TEXT)


def _text(record: Any, kind: str) -> str:
    if kind in ("A", "AAAA"):
        return str(ipaddress.ip_address(record.address))
    if kind in ("NS", "PTR"):
        return clean_text(record.target.to_text(omit_final_dot=True), MAX_TEXT)
    if kind == "MX":
        host = clean_text(record.exchange.to_text(omit_final_dot=True), MAX_TEXT)
        return f"{record.preference} {host}"
    return clean_text(record.to_text(), MAX_TEXT)


async def first_told(
    asker: Asker, servers: Sequence[str], name: str, kind: str, *, unaltered: bool = False
) -> Answer:
    """What the first server says that knows, following aliases; else what the last one said."""
    answer = Answer("error")
    for server in servers:
        seen = {name.lower()}
        asked = name
        for _ in range(MAX_ALIASES):
            answer = await asker(server, asked, kind, "udp", unaltered=unaltered)
            if not answer.told or answer.records or not answer.alias:
                break
            if answer.alias.lower() in seen or answer.rcode == "NXDOMAIN":
                break
            asked = answer.alias
            seen.add(asked.lower())
        if answer.told:
            return answer
    return answer
