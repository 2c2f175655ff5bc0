"""Whether the scanner is ill: a pure judgement of one network's devices after a round of probes.

A scanner that cannot hear takes everybody for dead. So silence that many devices begin together is
held back, whatever its cause: their state is unknown, and one event says so. A mass failure that is
real proves itself, because others go on answering (`is_path_proven`); silence of everybody does
not, and stays unknown.
"""

import math
from collections.abc import Iterable

import msgspec

SUSPICIOUS = 2  # missed rounds after which a device counts as silent here


class Bounds(msgspec.Struct, frozen=True):
    """What counts as many: at least `devices`, and at least `share` (0 to 1) of those that were up.

    `window_s`: silences that began within it began together.
    """

    share: float = 0.3
    devices: int = 4
    window_s: float = 90.0


class Member(msgspec.Struct, frozen=True):
    """A device of the network that was up before this silence, if it is one."""

    device: str
    heard_at: float
    silent: bool  # missed `SUSPICIOUS` rounds, the last frame of it within the window
    steady: bool = False  # expected to be on at this moment
    gateway: bool = False


class Census(msgspec.Struct, frozen=True):
    """The members of a network, counted."""

    up: int = 0
    silent: int = 0
    steady: int = 0
    steady_silent: int = 0
    gateways: int = 0
    gateways_silent: int = 0


def count(members: Iterable[Member]) -> Census:
    """Count the members of a network."""
    up = silent = steady = steady_silent = gateways = gateways_silent = 0
    for one in members:
        up += 1
        silent += one.silent
        steady += one.steady
        steady_silent += one.steady and one.silent
        gateways += one.gateway
        gateways_silent += one.gateway and one.silent
    return Census(up, silent, steady, steady_silent, gateways, gateways_silent)


def is_mass_silence(census: Census, bounds: Bounds) -> bool:
    """Whether so many fell silent together that the scanner has to doubt itself.

    Everybody at once always counts, from two on. Otherwise the share decides; and where some are
    expected to be on at all times, as great a share of them: a department that switches its PCs
    off at five is no illness as long as its servers answer.
    """
    if census.silent < 2:
        return False
    if census.silent == census.up:
        return True
    if census.silent < max(bounds.devices, math.ceil(bounds.share * census.up)):
        return False
    return census.steady == 0 or census.steady_silent >= max(
        1, math.ceil(bounds.share * census.steady)
    )


def is_path_proven(members: Iterable[Member], began_at: float) -> bool:
    """Whether answers since the round began prove that the agent hears the network.

    The gateway's answer proves it. Where the gateway is silent too, half of the others have to
    answer: one neighbour on the agent's own switch says nothing of what lies beyond. Where no
    gateway is known, any answer will do.
    """
    total = heard = 0
    gateway_known = False
    for one in members:
        answered = one.heard_at >= began_at
        if one.gateway and answered:
            return True
        gateway_known = gateway_known or one.gateway
        total += 1
        heard += answered
    if gateway_known:
        return 2 * heard >= total
    return heard > 0
