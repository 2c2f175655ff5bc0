"""HTTP answers as devices send them: heads, chunks, titles in any charset."""

import time

import pytest

from collectors.wire import http
from collectors.wire.errors import DecodeError

HEAD = b"HTTP/1.1 200 OK\r\nServer: debut/1.30\r\n"


def page(body: bytes, kind: bytes = b"text/html", head: bytes = HEAD) -> http.Response:
    found = http.parse(head + b"Content-Type: " + kind + b"\r\n\r\n" + body)
    assert found is not None
    return found


def test_request_asks_for_plain_bytes_and_says_who_asks() -> None:
    wire = http.request("10.66.0.9:8080")
    assert wire.startswith(b"GET / HTTP/1.1\r\nHost: 10.66.0.9:8080\r\nUser-Agent: lanwarden\r\n")
    assert b"Accept-Encoding: identity\r\nConnection: close\r\n\r\n" in wire


def test_head() -> None:
    response = page(b"x")
    assert (response.status, response.header(b"server")) == (200, b"debut/1.30")
    assert response.header(b"nothing") == b""
    assert http.parse(b"HTT") is None
    assert http.parse(HEAD) is None


TITLES = {
    "plain": (b"<html><title>Brother HL</title>", b"", "Brother HL"),
    "capitals, attributes": (b'<TITLE lang="en">A\n B</TITLE >', b"", "A B"),
    "entities": (b"<title>A &amp; B &#272;</title>", b"", "A & B Đ"),
    "utf-8": ("<title>Kho bạc</title>".encode(), b"", "Kho bạc"),
    "header charset": ("<title>Ещё</title>".encode("cp1251"), b"; charset=windows-1251", "Ещё"),
    "meta charset": (
        b"<meta charset=gb2312><title>" + "打印机".encode("gb18030") + b"</title>", b"", "打印机",
    ),
    "byte order mark": (
        b"\xff\xfe" + "<title>Trang chủ</title>".encode("utf-16-le"), b"; charset=utf-8",
        "Trang chủ",
    ),
    "charset that is none": (b"<title>a</title>", b"; charset=zlib_codec", "a"),
    "broken charset": (b"<title>a\xff</title>", b"; charset=utf-8", "a\ufffd"),
    "hostile": (b"<title>\x1b[2J\xe2\x80\xaeexe</title>", b"", "[2Jexe"),
    "too long": (b"<title>" + b"a" * 4000 + b"</title>", b"", "a" * 128),
    "not closed": (b"<title>a", b"", ""),
    "none": (b"<h1>a</h1>", b"", ""),
    "empty": (b"<title></title>", b"", ""),
    "a script first": (b"<script>var t='<title'</script><title>b</title>", b"", "b"),
}  # fmt: skip


@pytest.mark.parametrize("case", TITLES)
def test_titles(case: str) -> None:
    body, parameter, title = TITLES[case]
    assert http.title(page(body, b"text/html" + parameter)) == title


def test_a_compressed_page_has_no_title() -> None:
    head = HEAD + b"Content-Encoding: gzip\r\n"
    assert http.title(page(b"<title>a</title>", head=head)) == ""


BODIES = {
    "by length": (b"Content-Length: 3\r\n", b"abcd", b"abc", True),
    "cut by length": (b"Content-Length: 9\r\n", b"abcd", b"abcd", False),
    "a length that is none": (b"Content-Length: -1\r\n", b"abcd", b"abcd", False),
    "a huge length": (b"Content-Length: 99999999999999\r\n", b"abcd", b"abcd", False),
    "chunks": (
        b"Transfer-Encoding: chunked\r\n", b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc", True,
    ),
    "a cut chunk": (b"Transfer-Encoding: chunked\r\n", b"5\r\nab", b"ab", False),
    "a broken chunk": (b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\nzz\r\n", b"ab", False),
    "until the end": (b"", b"abc", b"abc", False),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_bodies(case: str) -> None:
    head, wire, body, complete = BODIES[case]
    response = http.parse(HEAD + head + b"\r\n" + wire)
    assert response is not None
    assert (response.body, response.complete) == (body, complete)


REFUSED = {
    "ssh": (b"SSH-2.0-x\r\n\r\n", "bad_type"),
    "http/0.9": (b"<html></html>", "bad_type"),
    "no status": (b"HTTP/1.1 ok\r\n\r\n", "bad_type"),
    "a status of four digits": (b"HTTP/1.1 2000\r\n\r\n", "bad_type"),
    "endless head": (HEAD + b"a: b\r\n" * 4000, "bad_length"),
    "too many fields": (HEAD + b"a: b\r\n" * 101 + b"\r\n", "too_many"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, reason = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        http.parse(wire)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    "body",
    [
        b"<title" * 3000, b"<title>" * 3000, b"<title " + b" " * 16000, b"<meta " * 3000,
        b"<title>" + b"a" * 16000, b"<meta charset" + b" " * 16000,
    ],
)  # fmt: skip
def test_hostile_pages_take_no_time(body: bytes) -> None:
    began = time.process_time()
    http.title(page(body))
    assert time.process_time() - began < 2
