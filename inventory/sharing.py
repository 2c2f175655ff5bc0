"""Equal texts, moments and tuples of what a store gave back, made one object.

JSON gives each its own copy, and a record names its addresses, its link and its moments again and
again: shared, ten thousand records need about a third less memory.
"""

from typing import Any

import msgspec


class Sharing:
    """Remembers what it has seen, for as long as it lives: for one load."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self._fields: dict[type[msgspec.Struct], list[tuple[str, Any]]] = {}  # with defaults

    def share(self, value: Any) -> Any:
        """Return the value, or its equal from before.

        Structs, dicts, lists and sets stay the objects they are, and what they hold is shared:
        frozen structs too, so nobody else may know them yet.
        """
        kind = type(value)
        if kind is str or kind is float:
            return self._known.setdefault(value, value)
        if kind is dict:
            self._share_dict(value)
        elif kind is list:
            value[:] = map(self.share, value)
        elif kind is tuple:
            return self._share_tuple(value)
        elif kind is set:
            members = [self.share(member) for member in value]
            value.clear()
            value.update(members)
        elif isinstance(value, msgspec.Struct):
            self._share_struct(value)
        return value

    def _share_struct(self, value: msgspec.Struct) -> None:
        kind = type(value)
        if kind not in self._fields:
            self._fields[kind] = [(one.name, one.default) for one in msgspec.structs.fields(kind)]
        for name, default in self._fields[kind]:
            held = getattr(value, name)
            # A default is left out of JSON when it is that very object.
            if held is not default and (shared := self.share(held)) is not held:
                msgspec.structs.force_setattr(value, name, shared)

    def _share_dict(self, value: dict[Any, Any]) -> None:
        entries = [(self.share(key), self.share(held)) for key, held in value.items()]
        value.clear()
        value.update(entries)

    def _share_tuple(self, value: tuple[Any, ...]) -> Any:
        shared = tuple(map(self.share, value))
        plain = all(type(member) in (str, int) for member in shared)
        return self._known.setdefault(shared, shared) if plain else shared
