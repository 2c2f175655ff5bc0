"""`lanwarden ipv6 rehearse --twin`: consent, the twin in its own thread, and the result kept."""

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.sections import Config
from agent.errors import MissingRefusal, UsageRefusal

if TYPE_CHECKING:
    from collectors.twin.trial import Report, Wanted
    from inventory.snapshot import MustWork


def rehearse_for_real(config: Config, interface: str, store: Path) -> None:
    """Say what the twin will do, do it, say what came of it, and keep that. On standard error."""
    from agent.plan import inventory_settings

    def say(text: str) -> None:
        print(f"twin: {text}", file=sys.stderr)

    wanted = wanted_of(inventory_settings(config).policy.must_work)
    for line in agreed(config, interface, wanted):
        say(line)
    report = tried(interface, wanted)
    say(f"its address is {', '.join(report.station.addresses)}")
    for one in report.tried:
        how = "works" + (" through NAT64" if one.via_nat64 else "")
        ended = how if one.works else f"fails at {one.stage}"
        say(f"{one.service}: {ended} ({one.detail})")
    for text in report.untried:
        say(f"not tried: {text}")
    say(keep(config, store, report))


def wanted_of(services: "Sequence[MustWork]") -> "tuple[Wanted, ...]":
    """Return the services that must work as the twin takes them."""
    from collectors.twin.trial import Wanted

    return tuple(Wanted(one.name, one.host, one.port, one.transport) for one in services)


def agreed(config: Config, interface: str, wanted: "Sequence[Wanted]") -> tuple[str, ...]:
    """Return what the twin will do. Raises UsageRefusal when that is not wanted or not possible."""
    from collectors.twin.trial import plan

    if not config.ipv6.twin:
        raise UsageRefusal(
            "the twin is off: it joins the network as a second station; allow it with twin = true "
            "in [ipv6]"
        )
    if not wanted:
        raise UsageRefusal("no services are named that must work: list them in [ipv6] must_work")
    if not interface:
        raise UsageRefusal("name the interface on whose network the twin should stand: --interface")
    return plan(interface, wanted)


def tried(interface: str, wanted: "Sequence[Wanted]") -> "Report":
    """Be the twin, in a thread that ends with it. Raises MissingRefusal when there can be none."""
    from collectors.twin.station import TwinRefused
    from collectors.twin.trial import run

    reports: list[Report] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            reports.append(run(interface, wanted))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=work, name="twin", daemon=True)
    thread.start()
    thread.join()
    if errors and isinstance(errors[0], TwinRefused):
        raise MissingRefusal(str(errors[0])) from None
    if errors:
        raise errors[0]
    return reports[0]


def keep(config: Config, store: Path, report: "Report") -> str:
    """Hand the result to whoever writes the store; returns what became of it, a sentence."""
    import msgspec

    from agent.by_hand import order

    if not store.exists():
        return f"the result is not kept: {store} does not exist yet; start lanwarden run"
    outcome = order(config, store, "twin", "", msgspec.json.encode(report.tried).decode())
    if outcome is None:
        return f"the result waits for the agent ({time.strftime('%H:%M')})"
    return outcome.text
