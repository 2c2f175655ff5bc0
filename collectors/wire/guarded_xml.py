"""XML from strangers: everything refused that makes XML dangerous, the rest bounded.

Document types and entities are refused in whatever encoding, as are depth, length and number
beyond a reader's limits. Who reads a dialect says what to do at the end of each element.
"""

from typing import Final
from xml.parsers import expat

import msgspec

from collectors.wire.errors import DecodeError


class Limits(msgspec.Struct, frozen=True, gc=False):
    """How large a document may be: octets, elements, and characters of one element's text."""

    document_bytes: int
    elements: int
    text: int
    depth: int = 16


class Reader:
    """Walks a document; a dialect says in `ended` what it takes from an element.

    `path` holds the local names of the elements that are open, the outermost first.
    """

    def __init__(self, limits: Limits, encoding: str | None = None) -> None:
        self.path: list[str] = []
        self._limits = limits
        self._count = 0
        self._size = 0
        self._texts: list[str] = []
        parser = self._parser = expat.ParserCreate(encoding, _SEPARATOR)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.UnparsedEntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.buffer_text = True

    def read(self, data: bytes) -> None:
        """Walk a whole document.

        Raises `bad_length` (over the limit), `unsupported` (a document type or an entity),
        `too_many` (elements, depth, text) and `bad_type` (not well-formed XML).
        """
        if len(data) > self._limits.document_bytes:
            raise DecodeError("bad_length", self._limits.document_bytes)
        for forbidden in (b"<!DOCTYPE", b"<!ENTITY"):
            if (at := data.upper().find(forbidden)) >= 0:
                raise DecodeError("unsupported", at)
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            at = min(max(self._parser.ErrorByteIndex, 0), len(data))
            raise DecodeError("bad_type", at) from error
        except (LookupError, ValueError) as error:  # an unknown encoding, or a broken one
            raise DecodeError("bad_type", 0) from error

    def started(self, local: str) -> None:
        """Take note of an element that begins; `path` ends with it."""

    def ended(self, local: str, text: str) -> None:
        """Take what the element holds; `path` ends with the element around it."""
        raise NotImplementedError

    def offset(self) -> int:
        """Return where in the document the walk is."""
        return max(self._parser.CurrentByteIndex, 0)

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._count += 1
        if self._count > self._limits.elements or len(self.path) == self._limits.depth:
            raise DecodeError("too_many", self.offset())
        local = name.rpartition(_SEPARATOR)[2]
        self.path.append(local)
        self._texts = []
        self._size = 0
        self.started(local)

    def _text(self, text: str) -> None:
        self._size += len(text)
        if self._size > self._limits.text:
            raise DecodeError("too_many", self.offset())
        self._texts.append(text)

    def _end(self, _: str) -> None:
        local = self.path.pop()
        text = "".join(self._texts).strip()
        self._texts = []
        self._size = 0
        self.ended(local, text)

    def _refuse(self, *_: object) -> int:
        raise DecodeError("unsupported", self.offset())


_SEPARATOR: Final = " "
