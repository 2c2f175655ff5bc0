"""Service instances as multicast DNS answers tell them piece by piece (RFC 6763 §4 to §6).

A responder is believed about itself. What it says of a host that states other addresses counts for
those addresses, as far as the caller accepts that; a proxy cannot give its services to a neighbour.
"""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from collectors.service_text import details_of, make_of
from collectors.wire import dns
from collectors.wire.address import ip_text
from collectors.wire.name import Name, folded, to_text
from collectors.wire.text import clean_text

MAX_INSTANCES: Final = 2048
DEVICE_INFO: Final[Name] = (b"_device-info", b"_tcp", b"local")  # never enumerated, always asked

Accepts = Callable[[str, str], bool]  # may an answer from the second address speak of the first?


class Instance(msgspec.Struct, frozen=True):
    """One service of one address."""

    address: str
    kind: str
    name: str
    port: int
    details: tuple[str, ...]


class _Known(msgspec.Struct):
    name: Name
    address: str
    service: dns.Service | None = None
    text: dns.Text | None = None


class Instances:
    """What is known so far; bounded."""

    def __init__(self, accepts: Accepts) -> None:
        self.dropped = 0
        self._accepts = accepts
        self._known: dict[tuple[str, Name], _Known] = {}

    def take(self, message: dns.Message, source: str) -> None:
        """Take in a response that came from `source`."""
        held = _holders(message)
        for record in message.records:
            data = record.data
            if record.class_ != dns.IN or record.ttl_s == 0:
                continue
            if isinstance(data, dns.Target) and is_service_type(record.name):
                if is_instance(data.name, record.name):
                    self._put(data.name, source)
            elif isinstance(data, dns.Service) and is_service_type(record.name[1:]):
                address = self._speaker(held.get(folded(data.target), []), source)
                known = self._put(record.name, source)
                if not address:
                    self._known.pop((source, folded(record.name)), None)
                    self.dropped += 1
                elif known is not None:
                    known.address, known.service = address, data
        for record in message.records:
            if isinstance(record.data, dns.Text) and record.class_ == dns.IN:
                self._text(record.name, record.data, source)

    def incomplete(self) -> list[dns.Question]:
        """What to ask for once more: hosts and texts of instances, and models nobody has named."""
        asked: dict[tuple[Name, int], dns.Question] = {}
        named = {known.address for known in self._known.values() if _names_a_model(known)}
        for known in self._known.values():
            missing = [dns.SRV] * (known.service is None) + [dns.TXT] * (known.text is None)
            wanted = [(known.name, kind) for kind in missing]
            if known.address not in named:
                wanted.append(((known.name[0], *DEVICE_INFO), dns.TXT))
            for name, kind in wanted:
                question = dns.Question(name, kind, unicast=True)
                asked.setdefault((folded(name), kind), question)
        return list(asked.values())

    def found(self) -> Iterator[Instance]:
        """Everything that is known."""
        for known in self._known.values():
            yield Instance(
                address=known.address,
                kind=clean_text(to_text(known.name[1:3])),
                name=clean_text(known.name[0]),
                port=0 if known.service is None else known.service.port,
                details=() if known.text is None else details_of(known.text),
            )

    def _put(self, name: Name, source: str) -> _Known | None:
        key = (source, folded(name))
        known = self._known.get(key)
        if known is None and len(self._known) < MAX_INSTANCES:
            known = self._known[key] = _Known(name, source)
        elif known is None:
            self.dropped += 1
        return known

    def _text(self, name: Name, text: dns.Text, source: str) -> None:
        known = self._known.get((source, folded(name)))
        if known is None and folded(name[1:]) == DEVICE_INFO:
            known = self._put(name, source)
        if known is not None and known.text is None:
            known.text = text

    def _speaker(self, held: list[str], source: str) -> str:
        """The address that a service belongs to, "" when the source may not speak of it."""
        if not held or source in held:
            return source
        return next((address for address in held if self._accepts(address, source)), "")


def is_service_type(name: Name) -> bool:
    """Two labels that begin with an underscore, under `local` (RFC 6763 §4.1)."""
    return (
        len(name) == 3
        and name[0].startswith(b"_")
        and name[1].lower() in (b"_tcp", b"_udp")
        and name[2].lower() == b"local"
    )


def is_instance(name: Name, kind: Name) -> bool:
    """Whether a name is an instance of a service type: one label more."""
    return len(name) == 4 and folded(name[1:]) == folded(kind)


def _names_a_model(known: _Known) -> bool:
    return known.text is not None and make_of(details_of(known.text)).model != ""


def _holders(message: dns.Message) -> dict[Name, list[str]]:
    found: dict[Name, list[str]] = {}
    for record in message.records:
        if isinstance(record.data, dns.Address) and record.class_ == dns.IN and record.ttl_s:
            found.setdefault(folded(record.name), []).append(ip_text(record.data.address))
    return found
