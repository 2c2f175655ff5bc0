"""The one error."""

import pytest

from collectors.wire.errors import REASONS, DecodeError


@pytest.mark.parametrize("reason", REASONS)
def test_says_reason_and_place(reason: str) -> None:
    error = DecodeError(reason, 3)  # type: ignore[arg-type]
    assert (error.reason, error.offset) == (reason, 3)
    assert str(error.shifted(14)) == f"{reason} at octet 17"
