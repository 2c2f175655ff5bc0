"""Which implementation plays which offer."""

from collections.abc import Awaitable, Callable
from typing import Any

from agent.lab.host import LabHost
from agent.lab.namespaces import LabError
from agent.lab.offers import RouterAdvertiser
from agent.lab.services import advertiser
from agent.lab.services.stage import Place, Received, Stage
from agent.lab.topology import LanPlan

Starter = Callable[[Any, Place, Stage], Awaitable[None]]


def start_offers(
    plan: LanPlan, host: LabHost, stage: Stage, record: Callable[[Received], None]
) -> None:
    """Start everything that a host offers; LabError names the host and the offer."""
    place = Place(host=host.plan, namespace=host.namespace, plan=plan, record=record)
    starters = _starters()

    async def start() -> None:
        for offer in host.plan.offers:
            if type(offer) not in starters:
                continue
            try:
                await starters[type(offer)](offer, place, stage)
            except OSError as error:
                raise LabError(
                    f"{host.name}: cannot start {type(offer).__name__}: {error}"
                ) from error

    if host.plan.offers:
        stage.run(start())


def _starters() -> dict[type, Starter]:
    return {RouterAdvertiser: advertiser.start}
