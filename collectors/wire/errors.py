"""The one error that parsing raises, with a reason from a closed list."""

from typing import Final, Literal, get_args

Buffer = bytes | bytearray | memoryview

Reason = Literal[
    "truncated",  # the buffer ends before the structure does
    "bad_length",  # a length field contradicts the structure or the buffer
    "bad_type",  # a type, operation or format field has a value that is not defined
    "bad_version",
    "bad_checksum",
    "bad_hop_limit",
    "bad_code",
    "bad_address",  # an address that the message must not carry
    "bad_option",
    "bad_name",
    "too_many",  # more headers, options or records than the codec's limit
    "fragmented",  # a message that must not be fragmented, was
    "unsupported",  # well formed as far as it was read, but not a variant that is decoded
]

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


class DecodeError(Exception):
    """A buffer that breaks its protocol's rules.

    `offset` is the octet at which that was noticed, counted from the start of the buffer that was
    given to the function that raised.
    """

    __slots__ = ("offset", "reason")

    def __init__(self, reason: Reason, offset: int) -> None:
        super().__init__(reason, offset)
        self.reason: Reason = reason
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.reason} at octet {self.offset}"

    def shifted(self, base: int) -> "DecodeError":
        """The same error with its offset counted from `base` octets earlier."""
        return DecodeError(self.reason, self.offset + base)
