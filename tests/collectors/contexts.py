"""Contexts and runs for collector tests."""

from collections.abc import AsyncIterator, Callable

from collectors.contract import Context, Limits, Target
from collectors.observation import AnyObservation
from collectors.scope import Link, Scope

NOW = 1_800_000_000.0
LINK = Link(
    interface="lan0",
    index=7,
    mac="02:00:00:00:00:fd",
    ipv4=("10.66.0.253/24",),
    ipv6=("2001:db8:66::fd/64", "fe80::fd/64"),
)
SCOPE = Scope(
    networks=("10.66.0.0/24", "2001:db8:66::/64"), exclude=("10.66.0.66/32",), links=(LINK,)
)


def context(
    *targets: Target,
    scope: Scope = SCOPE,
    limits: Limits | None = None,
    clock: Callable[[], float] = lambda: NOW,
    progress: Callable[[int, int], None] = lambda done, total: None,
    **options: object,
) -> Context:
    return Context(
        scope=scope,
        limits=limits or Limits(),
        tap=None,
        tap_missing="a test",
        targets=targets,
        progress=progress,
        clock=clock,
        options=options,
    )


async def gathered(observations: AsyncIterator[AnyObservation]) -> list[AnyObservation]:
    return [observation async for observation in observations]
