"""When a device counts as up, down or unknown: a pure state object, told what happened and when.

The rules of this version:

* Any frame that the device itself sent is life, whether or not it answers a probe.
* One `miss` is one round of probes without an answer, however many frames it took and however many
  addresses were asked: misses less than `ROUND_S` apart, or that close after life, are one round.
* Down is `patience` missed rounds in a row, and then silence towards a second kind of probe.
* Behind a router the rounds are echo sweeps, and the second kind is TCP: an answer or a refusal is
  life, although a firewall may refuse in the name of a host that died. When the router on the way
  dies, the hosts behind it are down with it: they cannot be reached.
* Twice the patience without that confirmation is neither up nor down: unknown.
* While the agent is blind (tap lost, own carrier lost) the state is unknown and nothing is missed.
  Afterwards it stays unknown until the next frame, or until silence is proven anew; a device that
  was down before the gap is down again at its first miss.
* News that is older than the last miss or the last gap (a kernel's table tells such) changes no
  state.
* A state needs evidence: when nothing was heard or missed for `evidence_s`, it is unknown.

A device that is allowed to be switched off goes down by the same rules: it does not answer, and
that is what `down` says. Alerts look at `always_on` as well; `asleep` is not used yet.
"""

from typing import Literal

import msgspec

from collectors.observation import Family
from inventory.snapshot import State

ROUND_S = 3.0

Turn = Literal["", "changed", "came_up", "went_down"]


class FamilyLife(msgspec.Struct, omit_defaults=True):
    """The same for one address family."""

    heard_at: float = 0.0
    missed: int = 0
    missed_at: float = 0.0


class Liveness(msgspec.Struct, omit_defaults=True):
    """Evidence of life of one device; times are Unix seconds, 0 is never.

    `missed` counts since the last sign of life, `missed_total` for ever. `silent` are the kinds of
    probe that stayed unanswered since then; `down` that this was confirmed.
    """

    heard_at: float = 0.0
    missed: int = 0
    missed_total: int = 0
    missed_at: float = 0.0
    silent: list[str] = []
    down: bool = False
    blind: bool = False
    blind_at: float = 0.0
    families: dict[Family, FamilyLife] = {}

    def heard(self, at: float, family: Family | None = None) -> Turn:
        """The device sent something; `family` when the frame shows that one family works."""
        turn: Turn = ""
        if at < self.missed_at or at < self.blind_at:
            return self._heard_late(at, family)
        if self.missed or self.blind or self.down or not self.heard_at:
            turn = "came_up" if self.down else "changed"
            self.missed = 0
            self.silent = []
            self.down = self.blind = False
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

    def miss(self, at: float, kind: str, family: Family, patience: int) -> Turn:
        """A round of probes of one kind to the device's address of one family was not answered."""
        changed = self._family_missed(at, family)
        if at - self.heard_at < ROUND_S:
            return "changed" if changed else ""
        suspect = self.missed >= patience
        if at - self.missed_at >= ROUND_S:
            self.missed += 1
            self.missed_total += 1
            self.missed_at = at
            changed = True
        if self.down:
            changed = changed or self.blind
            self.blind = False
        elif kind not in self.silent:
            self.silent.append(kind)
            if suspect and len(self.silent) > 1:
                return self._go_down()
        elif suspect and len(self.silent) > 1:
            return self._go_down()
        return "changed" if changed else ""

    def confirm(self, at: float, kind: str, answered: bool, patience: int) -> Turn:
        """The outcome of the probe of another kind that a suspect was sent."""
        if answered:
            return self.heard(at)
        if not self.is_suspect(patience):
            return ""
        if kind not in self.silent:
            self.silent.append(kind)
        self.missed_at = max(self.missed_at, at)
        return self._go_down() if len(self.silent) > 1 else "changed"

    def go_blind(self, at: float) -> bool:
        """The agent cannot hear the device any more; whether that changed something."""
        changed = not self.blind or self.missed > 0
        self.blind = True
        self.blind_at = at
        self.silent = []
        self.missed = 0
        for life in self.families.values():
            life.missed = 0
        return changed

    def is_suspect(self, patience: int) -> bool:
        """Whether enough was missed that a second kind of probe has to decide."""
        return self.missed >= patience and not self.down

    def state(self, now: float, patience: int, evidence_s: float) -> State:
        """The state at a moment."""
        if self.blind or not self.heard_at:
            return "unknown"
        if now - max(self.heard_at, self.missed_at) > evidence_s:
            return "unknown"
        if self.down:
            return "down"
        return "unknown" if self.missed >= 2 * patience else "up"

    def reachable(self, now: float, patience: int, evidence_s: float) -> dict[Family, bool]:
        """Per family: heard lately, or silent for `patience` rounds; absent while unknown."""
        if self.blind:
            return {}
        found: dict[Family, bool] = {}
        for family, life in self.families.items():
            if life.missed >= patience:
                found[family] = False
            elif now - max(life.heard_at, life.missed_at) <= evidence_s:
                found[family] = True
        return found

    def _heard_late(self, at: float, family: Family | None) -> Turn:
        """News from before the last miss or gap, as a kernel's table tells, disproves neither."""
        self.heard_at = max(self.heard_at, at)
        if family is not None:
            life = self.families.setdefault(family, FamilyLife())
            life.heard_at = max(life.heard_at, at)
        return ""

    def _family_missed(self, at: float, family: Family) -> bool:
        life = self.families.get(family)
        if life is None:
            life = self.families[family] = FamilyLife()
        if at - life.heard_at < ROUND_S or at - life.missed_at < ROUND_S:
            return False
        life.missed += 1
        life.missed_at = at
        return True

    def _go_down(self) -> Turn:
        self.down = True
        self.blind = False
        return "went_down"
