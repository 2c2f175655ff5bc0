"""WS-Discovery: SOAP envelopes in datagrams (OASIS WS-Discovery 1.1 §4-§6, SOAP-over-UDP 1.1).

The namespace of the 2005 draft, which Windows and most printers speak, is read as well.
"""

from typing import Final, Literal, cast
from xml.sax.saxutils import escape

import msgspec

from collectors.wire import guarded_xml
from collectors.wire.errors import Buffer, DecodeError

PORT: Final = 3702
GROUP_IPV4: Final = bytes((239, 255, 255, 250))
GROUP_IPV6: Final = bytes.fromhex("ff02000000000000000000000000000c")

MAX_MESSAGE_BYTES: Final = 16384
MAX_ENDPOINTS: Final = 16

Action = Literal["hello", "bye", "probe", "probe_match", "resolve", "resolve_match"]


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """One target service: its stable address (mostly `urn:uuid:…`), types, scopes, transports.

    `types` are local names such as `Device` or `PrintDeviceType`, without their prefix.
    """

    address: str
    types: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    transports: tuple[str, ...] = ()


class Wsd(msgspec.Struct, frozen=True, gc=False):
    """A message. The text is as hostile as its sender: it has still to pass `clean_text`."""

    action: Action
    message_id: str = ""
    endpoints: tuple[Endpoint, ...] = ()
    relates_to: str = ""  # the message that is answered


def parse(buf: Buffer) -> Wsd:
    """Parse a datagram's payload.

    Raises `bad_length` (longer than `MAX_MESSAGE_BYTES`), `unsupported` (a document type or an
    entity, another action), `too_many` (elements, depth, text) and `bad_type`
    (not well-formed XML).
    """
    data = buf if type(buf) is bytes else bytes(buf)
    reader = _Reader(_LIMITS)
    reader.read(data)
    return reader.message()


def encode(message: Wsd, namespace: str = "") -> bytes:
    """A datagram's payload, in the namespace of the draft that Windows speaks unless another."""
    name = _ACTION_NAMES[message.action]
    discovery = namespace or DRAFT
    addressing = ADDRESSING_DRAFT if discovery == DRAFT else ADDRESSING
    inner = "".join(map(_encode_endpoint, message.endpoints))
    if message.action in _MATCHES:
        inner = "".join(
            f"<d:{_MATCHES[message.action]}>{_encode_endpoint(each)}</d:{_MATCHES[message.action]}>"
            for each in message.endpoints
        )
    related = f"<a:RelatesTo>{escape(message.relates_to)}</a:RelatesTo>" * bool(message.relates_to)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{addressing}" xmlns:d="{discovery}"'
        ' xmlns:t="http://schemas.xmlsoap.org/ws/2006/02/devprof">'
        f"<s:Header><a:Action>{discovery}/{name}</a:Action>"
        f"<a:MessageID>{escape(message.message_id)}</a:MessageID>{related}</s:Header>"
        f"<s:Body><d:{name}>{inner}</d:{name}></s:Body></s:Envelope>"
    ).encode()


def build_probe(message_id: str, types: str = "") -> bytes:
    """A Probe for everything, or for types whose prefix is `wsdp`, in the draft's namespace (§5.2).

    The prefix is that of the specification: a responder in use compares it as text.
    """
    wanted = f"<d:Types>{escape(types)}</d:Types>" if types else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING_DRAFT}" xmlns:d="{DRAFT}"'
        ' xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof">'
        "<s:Header><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
        f"<a:Action>{DRAFT}/Probe</a:Action><a:MessageID>{escape(message_id)}</a:MessageID>"
        f"</s:Header><s:Body><d:Probe>{wanted}</d:Probe></s:Body></s:Envelope>"
    ).encode()


SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
DRAFT: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
OASIS: Final = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
ADDRESSING_DRAFT: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"

_ACTION_NAMES: Final[dict[Action, str]] = {
    "hello": "Hello",
    "bye": "Bye",
    "probe": "Probe",
    "probe_match": "ProbeMatches",
    "resolve": "Resolve",
    "resolve_match": "ResolveMatches",
}
_ACTIONS: Final = {
    f"{namespace}/{name}": action
    for namespace in (DRAFT, OASIS)
    for action, name in _ACTION_NAMES.items()
}
_MATCHES: Final = {"probe_match": "ProbeMatch", "resolve_match": "ResolveMatch"}
_LIMITS: Final = guarded_xml.Limits(MAX_MESSAGE_BYTES, elements=512, text=2048)
_ENDPOINTS: Final = frozenset(("Hello", "Bye", "ProbeMatch", "ResolveMatch"))
_FIELDS: Final = {"Types": "types", "Scopes": "scopes", "XAddrs": "transports"}


class _Reader(guarded_xml.Reader):
    """Takes from the stream of elements what a message consists of."""

    def __init__(self, limits: guarded_xml.Limits) -> None:
        super().__init__(limits, "UTF-8")
        self._action = ""
        self._message_id = ""
        self._relates_to = ""
        self._current: dict[str, object] = {}
        self._endpoints: list[Endpoint] = []

    def message(self) -> Wsd:
        action = _ACTIONS.get(self._action)
        if action is None:
            raise DecodeError("unsupported", 0)
        return Wsd(action, self._message_id, tuple(self._endpoints), self._relates_to)

    def started(self, local: str) -> None:
        if local in _ENDPOINTS:
            self._current = {}

    def ended(self, local: str, text: str) -> None:
        above = self.path[-1] if self.path else ""
        if above == "Header" and local == "Action":
            self._action = text
        elif above == "Header" and local == "MessageID":
            self._message_id = text
        elif above == "Header" and local == "RelatesTo":
            self._relates_to = text
        elif above == "EndpointReference" and local == "Address":
            self._current.setdefault("address", text)
        elif above in _ENDPOINTS and local in _FIELDS:
            words = text.split()
            if local == "Types":
                words = [word.rpartition(":")[2] for word in words]
            self._current[_FIELDS[local]] = tuple(words)
        elif local in _ENDPOINTS and "address" in self._current:
            if len(self._endpoints) == MAX_ENDPOINTS:
                raise DecodeError("too_many", self.offset())
            address = cast("str", self._current.pop("address"))
            lists = cast("dict[str, tuple[str, ...]]", self._current)
            self._endpoints.append(Endpoint(address, **lists))
            self._current = {}


def _encode_endpoint(endpoint: Endpoint) -> str:
    parts = [f"<a:EndpointReference><a:Address>{escape(endpoint.address)}</a:Address>"]
    parts.append("</a:EndpointReference>")
    if endpoint.types:
        types = " ".join(f"t:{escape(each)}" for each in endpoint.types)
        parts.append(f"<d:Types>{types}</d:Types>")
    if endpoint.scopes:
        parts.append(f"<d:Scopes>{escape(' '.join(endpoint.scopes))}</d:Scopes>")
    if endpoint.transports:
        parts.append(f"<d:XAddrs>{escape(' '.join(endpoint.transports))}</d:XAddrs>")
    return "".join(parts)
