"""When a device counts as up, asleep, down or unknown: a pure state object, told what happened.

The rules (docs/design/012-liveness.md gives the reasons):

* Any frame that the device itself sent is life, whether or not it answers a probe.
* One `miss` is one round of probes without an answer, however many frames it took and however many
  addresses were asked: misses less than a round apart, or that close after life, are one round.
  Each address family keeps its own count; the device misses a round when every family does.
* A device that missed as many rounds as it is expected to answer within is suspect. Silence
  towards a second kind of probe then confirms that it is gone: *down* when it should be on,
  *asleep* when it may be off (`Expectation.may_sleep`).
* Twice the patience without that confirmation is neither up nor down: unknown.
* While the agent is blind (`go_blind` says why) the state is unknown and nothing is missed.
  Afterwards it stays unknown until the next frame, or until silence is proven anew; a device that
  was gone before the gap is gone again at its first miss.
* News that is older than the last miss or the last gap (a kernel's table tells such) changes no
  state.
* A state needs evidence: when nothing was heard or missed for `evidence_s`, it is unknown.

Behind a router the rounds are echo sweeps, and the second kind is TCP: an answer or a refusal is
life, although a firewall may refuse in the name of a host that died.
"""

from collections import deque
from typing import Literal

import msgspec

from collectors.observation import Family
from inventory.expectation import Expectation
from inventory.gaps import Gaps
from inventory.snapshot import State, StateReason

ROUND_S = 3.0
ABSENCE_S = 3600.0  # silent for so long, a device was away
FLAPPING_S = 3600.0
MAX_TURNS = 32
TURNS_PER_HOUR = 6

Turn = Literal["", "changed", "came_up", "went_down"]


class FamilyLife(msgspec.Struct, omit_defaults=True, gc=False):
    """The same for one address family."""

    heard_at: float = 0.0
    missed: int = 0
    missed_at: float = 0.0


class Liveness(msgspec.Struct, omit_defaults=True, gc=False):
    """Evidence of life of one device; times are Unix seconds, 0 is never.

    `missed` counts since the last sign of life, `missed_total` for ever. `silent` are the kinds of
    probe that stayed unanswered since then; `gone` that silence was confirmed. `blind` is why the
    agent cannot tell, empty when it can. `steady_since` is when the device last came back from an
    absence; `turns` are the moments of its latest comings and goings.
    """

    heard_at: float = 0.0
    missed: int = 0
    missed_total: int = 0
    missed_at: float = 0.0
    silent: list[str] = []
    gone: bool = False
    blind: StateReason = ""
    blind_at: float = 0.0
    families: dict[Family, FamilyLife] = {}
    gaps: Gaps = msgspec.field(default_factory=Gaps)
    steady_since: float = 0.0
    turns: list[float] = []
    flapping: bool = False

    def heard(self, at: float, family: Family | None = None) -> Turn:
        """The device sent something; `family` when the frame shows that one family works."""
        turn: Turn = ""
        if at < self.missed_at or at < self.blind_at:
            return self._heard_late(at, family)
        if self.missed or self.blind or self.gone or not self.heard_at:
            turn = self._revived(at)
        self.heard_at = max(self.heard_at, at)
        if family is not None:
            life = self.families.get(family)
            if life is None:
                self.families[family] = FamilyLife(heard_at=at)
                return turn or "changed"
            if life.missed:
                life.missed = 0
                turn = turn or "changed"
            life.heard_at = max(life.heard_at, at)
        return turn

    def miss(self, at: float, kind: str, family: Family, round_s: float = ROUND_S) -> Turn:
        """A round of probes of one kind to the device's address of one family was not answered.

        `round_s`: how far apart two misses must be to be of different rounds.
        """
        changed = self._family_missed(at, family, round_s)
        if at - self.heard_at < round_s or at < self.blind_at:
            return "changed" if changed else ""
        if at - self.missed_at >= round_s:
            self.missed += 1
            self.missed_total += 1
            self.missed_at = at
            changed = True
        if self.gone:
            changed = changed or bool(self.blind)
            self.blind = ""
        elif kind not in self.silent:
            self.silent.append(kind)
        return "changed" if changed else ""

    def confirm(self, at: float, kind: str, answered: bool, patience: int) -> Turn:
        """The outcome of the probe of another kind that a suspect was sent."""
        if answered:
            return self.heard(at)
        if not self.is_suspect(patience) or at < self.blind_at:
            return ""
        if kind not in self.silent:
            self.silent.append(kind)
        self.missed_at = max(self.missed_at, at)
        if len(self.silent) < 2:
            return "changed"
        self.gone = True
        self.blind = ""
        self._turned(at)
        return "went_down"

    def go_blind(self, at: float, reason: StateReason = "tap_lost") -> bool:
        """The agent cannot tell about the device any more; whether that changed something.

        Times later than `at` (a clock was set back) become `at`.
        """
        changed = self.blind != reason or self.missed > 0
        self.blind = reason
        self.blind_at = at
        self.heard_at = min(self.heard_at, at)
        self.missed_at = min(self.missed_at, at)
        self.steady_since = min(self.steady_since, at)
        self.silent = []
        self.missed = 0
        for life in self.families.values():
            life.missed = 0
            life.heard_at = min(life.heard_at, at)
            life.missed_at = min(life.missed_at, at)
        return changed

    def is_suspect(self, patience: int) -> bool:
        """Whether enough was missed that a second kind of probe has to decide."""
        return self.missed >= patience and not self.gone

    def state(self, now: float, expected: Expectation) -> State:
        """The state at a moment."""
        if self.reason(now, expected):
            return "unknown"
        if self.gone:
            return "asleep" if expected.may_sleep else "down"
        return "up"

    def reason(self, now: float, expected: Expectation) -> StateReason:
        """Why the state is unknown; empty when it is known."""
        if not self.heard_at:
            return "never_heard"
        if self.blind:
            return self.blind
        if now - max(self.heard_at, self.missed_at) > expected.evidence_s:
            return "no_evidence"
        if not self.gone and self.missed >= 2 * expected.patience:
            return "unconfirmed"
        return ""

    def reachable(self, now: float, expected: Expectation) -> dict[Family, bool]:
        """Per family: heard lately, or silent for `patience` rounds; absent while unknown."""
        if self.blind:
            return {}
        found: dict[Family, bool] = {}
        for family, life in self.families.items():
            if life.missed >= expected.patience:
                found[family] = False
            elif now - max(life.heard_at, life.missed_at) <= expected.evidence_s:
                found[family] = not self.gone
        return found

    def steady_s(self) -> float:
        """For how long the device has been heard without an absence."""
        return max(0.0, self.heard_at - self.steady_since) if self.steady_since else 0.0

    def note_flapping(self, at: float, turns_per_hour: int) -> bool:
        """Look whether comings and goings are too many (or few again); whether that is new."""
        recent = sum(at - FLAPPING_S < turn <= at for turn in self.turns)
        flapping = recent > (turns_per_hour // 2 if self.flapping else turns_per_hour)
        changed = flapping != self.flapping
        self.flapping = flapping
        return changed

    def _revived(self, at: float) -> Turn:
        turn: Turn = "came_up" if self.gone else "changed"
        if not self.heard_at:
            self.steady_since = at
        elif not self.blind and self.missed:
            gap_s = at - self.heard_at
            self.gaps.learn(gap_s, at)
            if gap_s >= ABSENCE_S:
                self.steady_since = at
        if self.gone:
            self._turned(at)
        self.missed = 0
        self.silent = []
        self.gone = False
        self.blind = ""
        return turn

    def _turned(self, at: float) -> None:
        self.turns = list(deque((*self.turns, at), MAX_TURNS))

    def _heard_late(self, at: float, family: Family | None) -> Turn:
        """News from before the last miss or gap, as a kernel's table tells, disproves neither."""
        self.heard_at = max(self.heard_at, at)
        if family is not None:
            life = self.families.setdefault(family, FamilyLife())
            life.heard_at = max(life.heard_at, at)
        return ""

    def _family_missed(self, at: float, family: Family, round_s: float) -> bool:
        life = self.families.get(family)
        if life is None:
            life = self.families[family] = FamilyLife()
        if at - life.heard_at < round_s or at - life.missed_at < round_s:
            return False
        life.missed += 1
        life.missed_at = at
        return True
