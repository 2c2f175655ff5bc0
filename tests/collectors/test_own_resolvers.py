"""The host's resolvers, by its files."""

import pytest

from collectors.own_resolvers import BEHIND_STUB, RESOLV_CONF, nameservers, own_resolvers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param(
            "# nameserver 10.0.0.1\nsearch stc.example\nnameserver 10.66.0.1\n\tnameserver "
            "2001:DB8::0:1 trailing\nnameserver 10.66.0.1\n",
            ("10.66.0.1", "2001:db8::1"),
            id="both families, once",
        ),
        pytest.param("nameserver fe80::1%eth0\n", ("fe80::1%eth0",), id="link-local"),
        pytest.param(
            "nameserver\nnameserver resolver.example\nnameserver ff02::fb\nnameserver 0.0.0.0\n",
            (),
            id="what is none",
        ),
        pytest.param("nameserver 10.0.0.1\0\n", (), id="a NUL"),
        pytest.param("\n".join(f"nameserver 10.0.1.{n}" for n in range(99)), 16, id="too many"),
    ],
)
def test_nameservers(text: str, expected: tuple[str, ...] | int) -> None:
    found = nameservers(text)
    assert (found if isinstance(expected, tuple) else len(found)) == expected


STUB = "nameserver 127.0.0.53\noptions edns0\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, (), id="no files"),
        pytest.param({RESOLV_CONF: STUB}, ("127.0.0.53",), id="a stub, and nothing behind it"),
        pytest.param(
            {RESOLV_CONF: STUB, BEHIND_STUB: "nameserver 10.66.0.1\n"}, ("10.66.0.1",), id="behind"
        ),
        pytest.param(
            {RESOLV_CONF: "nameserver 127.0.0.1\n", BEHIND_STUB: "nameserver 10.66.0.1\n"},
            ("127.0.0.1",),
            id="a resolver of its own",
        ),
    ],
)
def test_the_stub(files: dict[str, str], expected: tuple[str, ...]) -> None:
    assert own_resolvers(files.get) == expected
