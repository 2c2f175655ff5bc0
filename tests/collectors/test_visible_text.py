"""What people see of a page."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.visible_text import digest, ipv4_literals, similarity, visible_text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(b"<h1>S\xe1\xbb\x9f T\xc3\xa0i ch\xc3\xadnh</h1>", "Sở Tài chính", id="text"),
        pytest.param(b"a<script nonce=1>x='<b>'</script>b<!-- <p>c -->d", "a b d", id="unseen"),
        pytest.param(
            b'a<input type="hidden" name="__VIEWSTATE" value="dDwtMTA4">b', "a b", id="VIEWSTATE"
        ),
        pytest.param(b"a &amp; b&nbsp;c\n\n d", "a & b c d", id="entities and spaces"),
        pytest.param(b"a<STYLE>never closed", "a", id="never closed"),
        pytest.param(b"\xff\xfe<", "\ufffd\ufffd<", id="no text at all"),
    ],
)
def test_visible_text(body: bytes, text: str) -> None:
    assert visible_text(body) == text


@given(st.binary(max_size=4096))
def test_any_octets_give_text(body: bytes) -> None:
    assert len(visible_text(body)) <= 20_000
    ipv4_literals(body)


@pytest.mark.parametrize("unit", [b"<script ", b"<!--", b"<a ", b"<<", b"<script></script>", b"&#"])
def test_hostile_pages_take_no_time(unit: bytes) -> None:
    began = time.process_time()
    visible_text((unit * 131072)[:131072])
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        pytest.param("", "", 1, 1, id="nothing"),
        pytest.param("a b c d", "a b c d", 1, 1, id="the same"),
        pytest.param("a b c d e f g h i j", "a b c d e f g h i k", 0.9, 0.9, id="a word"),
        pytest.param("a b", "c d", 0, 0, id="all"),
    ],
)
def test_similarity(one: str, other: str, least: float, most: float) -> None:
    assert least <= similarity(one, other) <= most
    assert (digest(one) == digest(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(b'<a href="http://10.1.2.3/x">', ("10.1.2.3",), id="a link"),
        pytest.param(rb'{"api":"https:\/\/10.1.2.3:8443\/"}', ("10.1.2.3",), id="in JSON"),
        pytest.param(b"http://10.1.2.3/ http://10.1.2.3/", ("10.1.2.3",), id="once"),
        pytest.param(b"http://10.1.2.3.4/ http://300.1.1.1/ 10.1.2.3", (), id="no addresses"),
        pytest.param(b"http://1.2.3.example/", (), id="a name"),
    ],
)
def test_literals(text: bytes, found: tuple[str, ...]) -> None:
    assert ipv4_literals(text) == found
