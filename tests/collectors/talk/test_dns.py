"""One question: every way in which it can end, and what counts of an answer."""

from typing import Any

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from collectors.talk.dns import Answer, ask, first_told
from tests.collectors.askers import SILENCE, Zone

FAILURES: Any = dns.exception  # without types
MESSAGES: Any = dns.message
SERVER = "10.66.0.1"


class Wire:
    """What dnspython would have been answered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.udp: list[Any] = []
        self.tcp: list[Any] = []
        self.questions: list[dns.message.Message] = []

        async def udp(question: dns.message.Message, server: str, **_: Any) -> dns.message.Message:
            return self._said(question, self.udp)

        async def tcp(question: dns.message.Message, server: str, **_: Any) -> dns.message.Message:
            return self._said(question, self.tcp)

        monkeypatch.setattr(dns.asyncquery, "udp", udp)
        monkeypatch.setattr(dns.asyncquery, "tcp", tcp)

    def _said(self, question: dns.message.Message, script: list[Any]) -> dns.message.Message:
        self.questions.append(question)
        said = script.pop(0)
        if isinstance(said, BaseException):
            raise said
        answer = dns.message.make_response(question)
        if isinstance(said, int):
            answer.set_rcode(dns.rcode.Rcode(said))
            return answer
        for line in said:
            name, kind, value = line.split(" ", 2)
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
        return dns.message.from_wire(answer.to_wire())


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(monkeypatch)


def chain(length: int) -> list[str]:
    found = [f"n{number}.example. CNAME n{number + 1}.example." for number in range(length)]
    return ["pc.example. CNAME n0.example.", *found, f"n{length}.example. AAAA 2001:db8::7"]


ANSWERS = [
    pytest.param(["pc.example. AAAA 2001:DB8:0::7"], ("2001:db8::7",), "", id="an address"),
    pytest.param([], (), "", id="none"),
    pytest.param(["evil.example. AAAA 2001:db8::bad"], (), "", id="of somebody else"),
    pytest.param(["pc.example. A 10.0.0.1"], (), "", id="of another type"),
    pytest.param(chain(3), ("2001:db8::7",), "", id="by aliases"),
    pytest.param(chain(30), (), "n9.example", id="by too many"),
    pytest.param(["pc.example. CNAME far.example."], (), "far.example", id="an alias alone"),
    pytest.param(
        ["pc.example. CNAME x.example.", "x.example. CNAME pc.example."], (), "", id="in a circle"
    ),
]


@pytest.mark.parametrize(("said", "records", "alias"), ANSWERS)
async def test_answers(wire: Wire, said: list[str], records: tuple[str, ...], alias: str) -> None:
    wire.udp = [said]
    answer = await ask(SERVER, "pc.example", "AAAA", "udp")
    assert (answer.outcome, answer.rcode) == ("answered", "NOERROR")
    assert (answer.records, answer.alias) == (records, alias)
    assert answer.duration_s is not None


@pytest.mark.parametrize(
    ("transport", "said", "outcome", "rcode"),
    [
        pytest.param("udp", [3], "answered", "NXDOMAIN", id="no such name"),
        pytest.param("udp", [5], "answered", "REFUSED", id="refused by policy"),
        pytest.param("udp", [FAILURES.Timeout(), []], "answered", "NOERROR", id="at last"),
        pytest.param("udp", [FAILURES.Timeout(), FAILURES.Timeout()], "timeout", "", id="silence"),
        pytest.param("tcp", [FAILURES.Timeout()], "timeout", "", id="silence over TCP"),
        pytest.param("tcp", [ConnectionRefusedError(111, "x")], "refused", "", id="closed"),
        pytest.param("udp", [OSError(101, "x")], "unreachable", "", id="unreachable"),
        pytest.param("udp", [OSError(24, "x")], "error", "", id="no descriptors"),
        pytest.param("tcp", [EOFError()], "error", "", id="closed early"),
        pytest.param("udp", [FAILURES.FormError()], "error", "", id="no message"),
    ],
)
async def test_outcomes(
    wire: Wire, transport: Any, said: list[Any], outcome: str, rcode: str
) -> None:
    wire.udp = wire.tcp = said
    answer = await ask(SERVER, "pc.example", "AAAA", transport)
    assert (answer.outcome, answer.rcode) == (outcome, rcode)
    assert answer.told == (rcode in ("NOERROR", "NXDOMAIN"))


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a..b", "x" * 300, "\0" * 70])
async def test_names_that_are_none(wire: Wire, name: str) -> None:
    assert (await ask(SERVER, name, "AAAA", "udp")).outcome == "error"
    assert wire.questions == []


async def test_what_does_not_fit_is_asked_again_over_tcp(wire: Wire) -> None:
    short = dns.message.make_response(dns.message.make_query("pc.example", "AAAA"))
    wire.udp = [MESSAGES.Truncated(message=short)] * 2
    wire.tcp = [["pc.example. AAAA 2001:db8::7"], FAILURES.Timeout()]
    assert (await ask(SERVER, "pc.example", "AAAA", "udp")).records == ("2001:db8::7",)
    # The answer over UDP was one, also where TCP is blocked.
    answer = await ask(SERVER, "pc.example", "AAAA", "udp")
    assert (answer.outcome, answer.records) == ("answered", ())


@pytest.mark.parametrize("unaltered", [False, True])
async def test_the_question(wire: Wire, unaltered: bool) -> None:
    wire.udp = [[]]
    await ask(SERVER, "pc.example", "AAAA", "udp", unaltered=unaltered)
    (question,) = wire.questions
    assert question.payload == 1232
    assert bool(question.flags & dns.flags.CD) == unaltered
    assert bool(question.ednsflags & dns.flags.DO) == unaltered


async def test_mail_hosts_keep_their_order(wire: Wire) -> None:
    wire.udp = [["stc.example. MX 10 mail.stc.example."], ["stc.example. MX 0 ."]]
    assert (await ask(SERVER, "stc.example", "MX", "udp")).records == ("10 mail.stc.example",)
    assert (await ask(SERVER, "stc.example", "MX", "udp")).records in (("0 ",), ("0 .",))


async def test_the_first_that_knows() -> None:
    zone = Zone({"pc.example A": ("10.0.0.1",)}, **{"10_66_0_1": SILENCE})
    answer = await first_told(zone, ("10.66.0.1", "10.66.0.2"), "pc.example", "A")
    assert answer.records == ("10.0.0.1",)
    assert await first_told(zone, (), "pc.example", "A") == Answer("error")
    assert await first_told(zone, ("10.66.0.1",), "pc.example", "A") == SILENCE


@pytest.mark.parametrize(
    ("aliases", "records"),
    [
        pytest.param({"pc CNAME": ("web",), "web A": ("10.0.0.1",)}, ("10.0.0.1",), id="one"),
        pytest.param({"pc CNAME": ("web",), "web CNAME": ("PC",)}, (), id="a circle"),
        pytest.param({"pc CNAME": ("web",)}, (), id="to nowhere"),
        pytest.param(
            {"pc CNAME": ("n0",), **{f"n{i} CNAME": (f"n{i + 1}",) for i in range(50)}}, (), id="50"
        ),
    ],
)
async def test_aliases_are_followed(
    aliases: dict[str, tuple[str, ...]], records: tuple[str, ...]
) -> None:
    zone = Zone(aliases)
    answer = await first_told(zone, (SERVER,), "pc", "A", unaltered=True)
    assert answer.records == records
    assert len(zone.asked) <= 10
    assert all(unaltered for *_, unaltered in zone.asked)
