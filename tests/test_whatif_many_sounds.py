"""Sounds of long calls are found by their times, and are those that a look at each would find."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from tuner.whatif import sounds


def test_of_many_sounds_those_of_a_turn_are_the_same_as_if_each_was_looked_at() -> None:
    random = Random(5)
    for _ in range(300):
        lines = [
            {
                "started": (start := round(random.uniform(1, 9), 1)),
                "ended": random.choice((None, round(start + random.uniform(-1, 1), 2))),
                "end_of_turn_probability": random.random(),
            }
            for _ in range(random.randint(0, 30))
        ]
        found, at = sounds.sounds_of(lines), round(random.uniform(1, 9), 1)
        near = (s for s in found if s.ended is not None and abs(s.ended - at) <= sounds.SAME_S)
        wanted = next((sounds.DetectorAnswer(s.probability, s.threshold) for s in near), None)
        assert sounds.Detector(found).at(at) == (wanted or sounds.NOT_ASKED)
        end = at + round(random.uniform(-1, 3), 1)
        mine = [s for s in found if at - sounds.SAME_S <= s.started <= end]
        around = sounds.around_pauses(found, at, end, max(len(mine) - 1, 0))
        assert around == list(pairwise(mine))
