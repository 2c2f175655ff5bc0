"""With which credentials devices may be asked over SNMP, and secrets that nothing prints."""

import ipaddress
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

LOGINS: Final = "snmp_logins"  # option: a `Logins`
MOST_PER_DEVICE: Final = 4

Auth = Literal["sha", "sha224", "sha256", "sha384", "sha512"]
Privacy = Literal["", "aes", "aes192", "aes256"]


class Secret:
    """Octets that show up in no text, log, document or traceback."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def reveal(self) -> bytes:
        """The octets, for the engine alone."""
        return self._octets

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._octets == self._octets

    def __hash__(self) -> int:
        return hash(self._octets)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")


class Community(msgspec.Struct, frozen=True):
    """SNMPv2c: the community goes over the wire for everybody on the way to read."""

    name: str
    community: Secret


class User(msgspec.Struct, frozen=True):
    """SNMPv3 with the user-based model (RFC 3414); without `privacy` nothing is encrypted."""

    name: str
    user: str
    auth: Auth
    auth_secret: Secret
    privacy: Privacy = ""
    privacy_secret: Secret = Secret(b"")


Login = Community | User


class Rule(msgspec.Struct, frozen=True):
    """The credentials of one network, in the order in which they are tried."""

    network: str
    logins: tuple[Login, ...]


class Logins(msgspec.Struct, frozen=True):
    """Who may be asked with what. `problems`: credentials that cannot be used, and why."""

    rules: tuple[Rule, ...] = ()
    port: int = 161
    problems: tuple[str, ...] = ()

    def of(self, addresses: Iterable[str]) -> tuple[Login, ...]:
        """The credentials for a device that has these addresses (a zone may follow each)."""
        parsed = [ipaddress.ip_address(address.partition("%")[0]) for address in addresses]
        found: dict[Login, None] = {}
        for rule in self.rules:
            network = ipaddress.ip_network(rule.network)
            if any(address in network for address in parsed):
                found.update(dict.fromkeys(rule.logins))
        return tuple(found)[:MOST_PER_DEVICE]
