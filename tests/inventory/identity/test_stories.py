"""The score: no wrong merge; nine of ten right ones made, and the others suggested."""

import random
from itertools import combinations

import pytest

from inventory.inventory import Inventory
from tests.inventory.builders import new_inventory
from tests.inventory.identity.stories_hosts import HOSTS
from tests.inventory.identity.stories_networks import NETWORKS
from tests.inventory.identity.telling import Story, ids, in_order, live, saved

STORIES = [*HOSTS, *NETWORKS]
SEEDS = (1, 2, 3)
LEAST_MADE = 0.9
LOOKS = (0.5, 1.0, 5.0, 20.0, 62.0, 70.0, 130.0, 300.0, 1000.0)


def shuffled(story: Story, seed: int) -> Story:
    """The same story with what happened at one moment in another order."""
    observations = list(story.observations)
    random.Random(seed).shuffle(observations)
    return Story(
        story.name, observations, story.devices, story.strangers, conflicts=story.conflicts
    )


def told(
    story: Story, cut: float | None = None, looks: tuple[float, ...] = (1.0, 20.0)
) -> Inventory:
    """The inventory after a story; with `cut` it was stopped and started again on the way."""
    observations = in_order(story.observations)
    if cut is None:
        return live(observations, looks=looks)
    at = int(len(observations) * cut)
    before = live(observations[:at], looks=looks)
    return live(observations[at:], new_inventory(saved(before)), looks)


def end(story: Story) -> float:
    return max(seen.at for seen in story.observations) + 61


class Score:
    """Merges: a device of n MACs takes n - 1; those not made are suggested, or missed."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.suggested: list[str] = []
        self.missed: list[str] = []
        self.wrong: list[str] = []
        self.bothered: list[str] = []

    def add(self, story: Story, inventory: Inventory) -> None:
        of = {mac: name for name, group in enumerate(story.devices) for mac in group}
        found = ids(inventory, end(story))
        devices = {device.id: device for device in inventory.snapshot(end(story)).devices}
        for group in story.devices:
            parts = [[mac for mac in group if found[mac] == name] for name in
                     dict.fromkeys(found[mac] for mac in group)]  # fmt: skip
            self.made += [story.name] * (len(group) - len(parts))
            first = devices[found[parts[0][0]]]
            for part in parts[1:]:
                hinted = found[part[0]] in first.suggested
                (self.suggested if hinted else self.missed).append(f"{story.name}: {part}")
        for one, other in combinations(of, 2):
            text = f"{story.name}: {one}, {other}"
            same = found[one] == found[other]
            hinted = found[other] in devices[found[one]].suggested
            if of[one] == of[other]:
                continue
            if same:
                self.wrong.append(text)
            if hinted and {(one, other), (other, one)}.intersection(story.strangers):
                self.bothered.append(text)

    @property
    def right(self) -> int:
        return len(self.made) + len(self.suggested) + len(self.missed)


def test_there_are_stories_enough() -> None:
    assert len(STORIES) >= 45
    assert len({story.name for story in STORIES}) == len(STORIES)


@pytest.mark.parametrize("seed", [0, *SEEDS])
@pytest.mark.parametrize("cut", [None, 0.5], ids=["whole", "restarted"])
def test_no_wrong_merge_and_nearly_every_right_one(seed: int, cut: float | None) -> None:
    score = Score()
    for story in STORIES:
        version = shuffled(story, seed) if seed else story
        score.add(version, told(version, cut))
    print(
        f"{len(STORIES)} stories, {score.right} right merges: {len(score.made)} made, "
        f"{len(score.suggested)} suggested, {len(score.missed)} missed; {len(score.wrong)} wrong"
    )
    assert score.wrong == []
    assert score.missed == []
    assert score.bothered == []
    assert len(score.made) >= LEAST_MADE * score.right


@pytest.mark.parametrize("seed", range(10, 22))
def test_no_wrong_merge_whenever_the_agent_looks_and_stops(seed: int) -> None:
    chance = random.Random(seed)
    looks = tuple(sorted(chance.sample(LOOKS, chance.randint(0, 4))))
    cut = chance.choice((None, chance.random()))
    score = Score()
    for story in STORIES:
        score.add(story, told(shuffled(story, seed), cut, looks))
    assert score.wrong == []
    assert score.missed == []
    assert score.bothered == []


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_conflict_is_told_once_and_only_where_there_is_one(story: Story) -> None:
    inventory = told(story)
    events = [e for e in inventory.recent_events(1000) if e.kind == "identity_conflict"]
    found = ids(inventory, end(story))
    assert sorted(event.device for event in events) == sorted(found[mac] for mac in story.conflicts)
    for mac in story.conflicts:
        assert inventory.explain(found[mac]).conflict


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_nobody_is_invented_or_lost(story: Story) -> None:
    assert set(ids(told(story), end(story))) == {mac for group in story.devices for mac in group}
