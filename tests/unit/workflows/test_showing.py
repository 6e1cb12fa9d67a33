"""The order's page in Temporal, as far as it does not need a running workflow."""

import pytest
from temporalio import workflow

from tests.support.builders import an_order
from workflows.contracts import ShownPrice, ShownStep
from workflows.showing import Board


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that the page had, oldest first."""
    shown: list[str] = []
    monkeypatch.setattr(workflow, "set_current_details", shown.append)
    return shown


def steps(count: int) -> tuple[ShownStep, ...]:
    return tuple(ShownStep(f"service {number}", "1.00") for number in range(count))


@pytest.mark.parametrize(("count", "last"), [(30, "- service 29: 1.00"), (32, "- and 2 more")])
def test_a_long_price_is_cut_and_says_so(page: list[str], count: int, last: str) -> None:
    board = Board()

    board.price(ShownPrice(total="32.00 CNY", text="1.00 + … = 32.00", steps=steps(count)))
    board.waits(an_order().drafted().order, "money", None)

    assert page[-1].splitlines()[-1] == last


def test_before_there_is_an_order_only_the_waiting_shows(page: list[str]) -> None:
    Board().waits(None, "a price", None)

    assert page == ["Waiting for: a price"]
