"""How long these suites may think: enough carts to find a wrong price, few enough to stay quick."""

import pytest
from hypothesis import settings

from domain.pricing.lanes import Lanes

settings.register_profile("pricing", max_examples=60, deadline=None)
settings.load_profile("pricing")


@pytest.fixture
def trials(monkeypatch):
    """What was left out each time that the lanes were played."""
    played = []
    play = Lanes.play

    def counting(self, left_out=frozenset()):
        played.append(left_out)
        return play(self, left_out)

    monkeypatch.setattr(Lanes, "play", counting)
    return played
