"""The page /ipv6, its part on the start page and on a device's page, and /api/v1/ipv6."""

from typing import Any

from agent import readiness_words as words
from agent.readiness import names
from agent.web.source import Source
from checks.readiness.levels import DeviceReadiness
from exporters import readiness as documents
from exporters.network_entry import level_text
from inventory.snapshot import Device

MOST_STEPS = 60
MOST_NAMES = 40
# Of tags: what is far, on the way, well, not known.
TONES = {None: "unknown", "0": "high", "1": "medium", "2": "medium"}


def page(source: Source, titles: dict[str, str]) -> dict[str, Any]:
    """What the page /ipv6 shows."""
    made = document(source, titles)
    steps = documents.steps(made.devices)
    return {
        "made": made,
        "steps": steps[:MOST_STEPS],
        "more_steps": max(0, len(steps) - MOST_STEPS),
        "most": MOST_NAMES,
        "words": words,
        "tone": tone,
        "twin": sorted(source.snapshot.facts.twin, key=lambda one: (one.works, one.service)),
        "gates": list(dict.fromkeys((*made.dual_stack.gates, *made.ipv6_only.gates))),
    }


def document(source: Source, titles: dict[str, str]) -> documents.ReadinessDocument:
    """The readiness that everything shows, as the document."""
    return documents.readiness_document(
        source.snapshot, source.findings, source.readiness, names(titles)
    )


def device_values(source: Source, device: Device) -> dict[str, Any]:
    """What a device's page shows of its readiness; nothing while it was not assessed."""
    one: DeviceReadiness | None = source.readiness.devices.get(device.id)
    if one is None:
        return {"ipv6": None}
    level = level_text("L", one.level)
    edges = source.readiness.rehearsal.by_device.get(device.id, ())
    return {
        "ipv6": {
            "level": level or "?",
            "tone": tone(level),
            "word": words.DEVICE_LEVELS[level],
            "cause": words.CAUSES.get(one.cause, ""),
            "blockers": one.blockers,
            "next_step": one.next_step,
            "disposition": words.DISPOSITIONS.get(one.disposition, ""),
            "critical": one.critical,
            "edges": edges[:30],
            "modes": words.MODES,
            "verdicts": words.VERDICTS,
        }
    }


def tone(level: str | None) -> str:
    """The colour of a level's tag."""
    return TONES.get(None if level is None else level[1], "pass")
