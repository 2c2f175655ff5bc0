"""From a record to its kind: gather the evidence, weigh it, and write down what it says."""

from inventory.kinds.facts import facts_of
from inventory.kinds.hints import pairs_of
from inventory.kinds.rules import table
from inventory.kinds.score import guess
from inventory.record import Record
from inventory.snapshot import Policy


def classify(record: Record, gateways: set[str], policy: Policy) -> bool:
    """Guess the kind anew, with what else follows from the evidence; whether it changed.

    `gateways` are addresses that a route or a DHCP server names; while none is known (after a
    start) a device that was one still is. Where the policy lists the routers that may advertise,
    another's advertisement speaks against the network, not for its being a router. `kind_reasons`
    do not count as a change: they follow from the rest and are not stored.
    """
    rules = table()
    gateway = not gateways.isdisjoint(record.addresses) if gateways else record.gateway
    advertises = record.router and _may_advertise(record, policy)
    pairs = pairs_of(record, gateway, advertises, rules.text_keys)
    guessed = guess(pairs, rules, record.registered)
    registered = record.registered is not None and record.registered.kind is not None
    evident = guess(pairs, rules).kind if registered else guessed.kind
    facts = facts_of(record, pairs, rules)
    system = record.os if record.own else (facts.os or guessed.os or None)
    before = (
        record.kind, record.confidence, record.model, record.serial, record.firmware, record.os,
        record.gateway, record.guessed,
    )  # fmt: skip
    after = (
        guessed.kind, guessed.confidence, facts.model, facts.serial, facts.firmware, system,
        gateway, evident,
    )  # fmt: skip
    record.kind_reasons = guessed.reasons
    if after == before:
        return False
    record.kind, record.confidence = guessed.kind, guessed.confidence
    record.model, record.serial, record.firmware = facts.model, facts.serial, facts.firmware
    record.os, record.gateway, record.guessed = system, gateway, evident
    return True


def _may_advertise(record: Record, policy: Policy) -> bool:
    if not policy.routers:
        return True
    return any(one in record.addresses or one in record.macs for one in policy.routers)
