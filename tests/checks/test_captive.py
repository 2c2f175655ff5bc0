"""What speaks for a captive portal."""

import pytest

from checks import captive
from collectors.observation import ResolverTried
from inventory.readiness import Facts
from inventory.snapshot import Router
from tests.checks import facts, lan

LIE = facts.tried("lw-1.invalid AAAA", "2001:db8::1")
HONEST = facts.tried("lw-1.invalid AAAA", rcode="NXDOMAIN", resolver="10.66.0.54")
SILENT = facts.tried("lw-1.invalid AAAA", outcome="timeout", resolver="10.66.0.54")


@pytest.mark.parametrize(
    ("router", "resolvers", "sign"),
    [
        pytest.param(lan.router(), (), "", id="nothing was asked"),
        pytest.param(lan.router(), (HONEST,), "", id="an honest resolver"),
        pytest.param(lan.router(), (LIE,), "every resolver answers", id="the only one lies"),
        pytest.param(
            lan.router(),
            (facts.tried("lw-1.invalid A", "10.66.0.1"),),
            "every resolver answers",
            id="it lies of IPv4 alone",
        ),
        pytest.param(lan.router(), (LIE, SILENT), "every resolver", id="the only one that answers"),
        pytest.param(lan.router(), (LIE, HONEST), "", id="one of two lies"),
        pytest.param(
            lan.router(captive_portal="https://p.example/api"),
            (HONEST,),
            "fe80::1 announces the captive portal https://p.example/api",
            id="announced",
        ),
        pytest.param(
            lan.router(captive_portal="https://p.example/", last_seen=lan.NOW - 7200),
            (),
            "",
            id="announced by a router that is gone",
        ),
        pytest.param(lan.router(captive_portal=captive.NO_PORTAL), (), "", id="none, it says"),
    ],
)
def test_signs(router: Router, resolvers: tuple[ResolverTried, ...], sign: str) -> None:
    known = facts.snapshot(Facts(resolvers=resolvers), networks=(lan.network(routers=(router,)),))
    found = captive.portal(known)
    assert found.startswith(sign)
    assert bool(found) == bool(sign)
