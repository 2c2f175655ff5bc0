"""What a section of the config is made of."""

import msgspec
from msgspec import Meta

from agent.config.values import Reader


def key(about: str, allowed: str, reader: Reader) -> Meta:
    """Describe a key: what it means, what is allowed, how it is read."""
    return Meta(description=about, extra={"allowed": allowed, "reader": reader})


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every section."""
