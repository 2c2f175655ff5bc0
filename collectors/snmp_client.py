"""One way to ask SNMP agents, whatever engine does it: GET and GETBULK (RFC 3416 §4.2).

Nothing is ever set. Values that no table here needs come as None.
"""

import asyncio
import contextlib
from collections import Counter
from enum import Enum
from importlib import import_module
from typing import Any, Final, Literal, Protocol

import msgspec

from collectors.places import Place
from collectors.snmp_login import Auth, Community, Login, Privacy

MAX_DATAGRAM_BYTES: Final = 8192
TIMEOUT_S: Final = 1.0
STALLED_S: Final = 4.0  # for the two questions that come before the first one of SNMPv3
MAX_OID_ARCS: Final = 128  # RFC 2578 §3.5

Oid = tuple[int, ...]
Outcome = Literal["answered", "silent", "refused", "error"]


class Missing(Enum):
    """What stands in the place of a value (RFC 3416 §3)."""

    OBJECT = "noSuchObject or noSuchInstance"
    END = "endOfMibView"


Value = int | bytes | Missing | None


class Answer(msgspec.Struct, frozen=True):
    """What came back. `refused`: the engine said that the credential is not right, or not enough.

    `detail` is a word of RFC 3414 or RFC 3416, never text of the device.
    """

    outcome: Outcome
    bindings: tuple[tuple[Oid, Value], ...] = ()
    detail: str = ""


class Client(Protocol):
    """Asks one device one question; several may be asked at a time. Raises OSError."""

    async def get(self, place: Place, login: Login, oids: tuple[Oid, ...], tries: int) -> Answer:
        """The values of some objects."""

    async def after(self, place: Place, login: Login, oid: Oid, most: int, tries: int) -> Answer:
        """What comes after an object in the order of the tree, at most so much of it."""


class PysnmpClient:
    """pysnmp, with one engine per credential; leave it to have its sockets closed.

    Datagrams from whom nothing is asked of at the moment, and those that pysnmp cannot take, are
    counted in `dropped`.
    """

    def __init__(self, port: int) -> None:
        self.dropped = 0
        self._port = port
        self._engines: dict[Login, Any] = {}
        self._asked: Counter[str] = Counter()
        self._snmp: Any = None

    async def __aenter__(self) -> "PysnmpClient":
        self._snmp = await asyncio.to_thread(import_module, "pysnmp.hlapi.v3arch.asyncio")
        return self

    async def __aexit__(self, *_: object) -> None:
        for engine in self._engines.values():
            timer = engine.transport_dispatcher.loopingcall
            engine.close_dispatcher()
            if timer is not None:
                # It is cancelled but not waited for; sockets close with the next turn.
                await asyncio.wait((timer,))
        self._engines.clear()

    async def get(self, place: Place, login: Login, oids: tuple[Oid, ...], tries: int) -> Answer:
        """See Client."""
        objects = [self._object(oid) for oid in oids]
        return await self._ask(self._snmp.get_cmd, place, login, objects, (), tries)

    async def after(self, place: Place, login: Login, oid: Oid, most: int, tries: int) -> Answer:
        """See Client."""
        objects = [self._object(oid)]
        return await self._ask(self._snmp.bulk_cmd, place, login, objects, (0, most), tries)

    async def _ask(
        self,
        command: Any,
        place: Place,
        login: Login,
        objects: list[Any],
        numbers: tuple[int, ...],
        tries: int,
    ) -> Answer:
        from pysnmp.error import PySnmpError

        engine, auth = self._engine(login), self._auth(login)
        kind = self._snmp.UdpTransportTarget
        if place.version == 6:
            kind = self._snmp.Udp6TransportTarget
        address = f"{place.address}%{place.interface}" if place.link else place.address
        self._asked[place.address] += 1
        try:
            target = await kind.create((address, self._port), timeout=TIMEOUT_S, retries=tries - 1)
            async with asyncio.timeout(TIMEOUT_S * tries + STALLED_S):
                failure, status, _, bindings = await command(
                    engine, auth, target, self._snmp.ContextData(), *numbers, *objects,
                    lookupMib=False,
                )  # fmt: skip
        except PySnmpError as error:
            raise OSError(str(error)) from error
        except TimeoutError:  # an answer that broke pysnmp's bookkeeping
            return Answer("error", detail="malformed")
        finally:
            self._asked[place.address] -= 1
            if not self._asked[place.address]:
                del self._asked[place.address]
        if failure:
            return _failed(failure)
        if int(status):
            name = status.prettyPrint()
            refused = name in ("authorizationError", "noAccess")
            return Answer("refused" if refused else "error", detail=name)
        return Answer("answered", tuple((tuple(oid), self._value(one)) for oid, one in bindings))

    def _object(self, oid: Oid) -> Any:
        return self._snmp.ObjectType(self._snmp.ObjectIdentity(oid))

    def _engine(self, login: Login) -> Any:
        """An engine of its own: pysnmp knows users by name, and two may share one."""
        if login not in self._engines:
            engine = self._snmp.SnmpEngine()
            self._guard(engine)
            self._engines[login] = engine
        return self._engines[login]

    def _guard(self, engine: Any) -> None:
        from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher

        dispatcher = AsyncioDispatcher()
        engine.register_transport_dispatcher(dispatcher)
        dispatcher.unregister_recv_callback()
        dispatcher.register_recv_callback(
            lambda _, domain, sender, datagram: self._received(engine, domain, sender, datagram)
        )

    def _received(self, engine: Any, domain: Any, sender: Any, datagram: bytes) -> None:
        """Hand the engine what may be an answer, and nothing else."""
        known = str(sender[0]).partition("%")[0] in self._asked and sender[1] == self._port
        if not known or len(datagram) > MAX_DATAGRAM_BYTES:
            self.dropped += 1
            return
        try:
            engine.message_dispatcher.receive_message(engine, domain, sender, datagram)
        except Exception:  # noqa: BLE001  a hostile datagram; pysnmp lets several kinds through
            self.dropped += 1

    def _auth(self, login: Login) -> Any:
        if isinstance(login, Community):
            # Latin-1 keeps every octet as it is.
            return self._snmp.CommunityData(login.community.reveal().decode("latin-1"), mpModel=1)
        return self._snmp.UsmUserData(
            login.user.encode().decode("latin-1"),
            self._snmp.OctetString(login.auth_secret.reveal()),
            self._snmp.OctetString(login.privacy_secret.reveal()) if login.privacy else None,
            authProtocol=getattr(self._snmp, _AUTHS[login.auth]),
            privProtocol=getattr(self._snmp, _PRIVACIES[login.privacy]),
        )

    def _value(self, value: Any) -> Value:
        from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

        if isinstance(value, EndOfMibView):
            return Missing.END
        if isinstance(value, NoSuchObject | NoSuchInstance):
            return Missing.OBJECT
        if isinstance(value, self._snmp.OctetString):
            return bytes(value)
        if isinstance(value, self._snmp.Null):
            return None
        with contextlib.suppress(TypeError, ValueError):
            return int(value)
        return None


def _failed(failure: Any) -> Answer:
    name = type(failure).__name__
    if name == "RequestTimedOut":
        return Answer("silent")
    if name in _REFUSALS:
        return Answer("refused", detail=name)
    return Answer("error", detail=name)


_AUTHS: Final[dict[Auth, str]] = {
    "sha": "USM_AUTH_HMAC96_SHA",
    "sha224": "USM_AUTH_HMAC128_SHA224",
    "sha256": "USM_AUTH_HMAC192_SHA256",
    "sha384": "USM_AUTH_HMAC256_SHA384",
    "sha512": "USM_AUTH_HMAC384_SHA512",
}
_PRIVACIES: Final[dict[Privacy, str]] = {
    "": "USM_PRIV_NONE",
    "aes": "USM_PRIV_CFB128_AES",
    "aes192": "USM_PRIV_CFB192_AES_BLUMENTHAL",
    "aes256": "USM_PRIV_CFB256_AES_BLUMENTHAL",
}
# By which an engine says that it does not take the user (RFC 3414 §5).
_REFUSALS: Final = frozenset(
    {
        "WrongDigest", "UnknownUserName", "UnknownSecurityName", "UnsupportedSecurityLevel",
        "UnsupportedSecLevel", "DecryptionError", "AuthenticationFailure", "AuthenticationError",
        "NotInTimeWindow", "UnknownCommunityName",
    }
)  # fmt: skip
