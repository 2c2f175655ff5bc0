"""XML from strangers is walked within its limits, or refused by name."""

import pytest

from collectors.wire.errors import DecodeError
from collectors.wire.guarded_xml import Limits, Reader

LIMITS = Limits(document_bytes=400, elements=8, text=20, depth=4)


class Collected(Reader):
    def __init__(self) -> None:
        super().__init__(LIMITS)
        self.seen: list[tuple[str, str, str]] = []

    def ended(self, local: str, text: str) -> None:
        self.seen.append(("/".join(self.path), local, text))


def test_elements_end_with_their_text_and_the_path_around_them() -> None:
    reader = Collected()
    reader.read(b'<a xmlns:n="urn:x"><n:b> one </n:b>between<b>two</b></a>')
    assert reader.seen == [("a", "b", "one"), ("a", "b", "two"), ("", "a", "")]


DOCUMENT_TYPE = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'

REFUSED = {
    "too long": (b"<a>" + b" " * 400 + b"</a>", "bad_length"),
    "document type": (b"<!doctype a><a/>", "unsupported"),
    "document type in UTF-16": (DOCUMENT_TYPE.encode("utf-16"), "unsupported"),
    "too deep": (b"<a><a><a><a><a/></a></a></a></a>", "too_many"),
    "too many elements": (b"<a>" + b"<b/>" * 8 + b"</a>", "too_many"),
    "too much text": (b"<a>" + b"x" * 21 + b"</a>", "too_many"),
    "not closed": (b"<a>", "bad_type"),
    "empty": (b"", "bad_type"),
    "unknown encoding": (b'<?xml version="1.0" encoding="nobody"?><a/>', "bad_type"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_dangerous_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        Collected().read(data)
    assert caught.value.reason == reason
