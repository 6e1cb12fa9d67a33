"""A large price is calculated beside everything else, a small one at once; both give the same."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from activities import calculating
from activities.price_desk import Ask
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation
from domain.pricing.request import RequestedLine, Scene
from tests.support.builders import cny
from tests.support.price_world import PriceWorld


@pytest.mark.parametrize(("lines", "beside"), [(50, False), (51, True), (1_000, True)])
async def test_a_large_basket_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, lines: int, beside: bool
) -> None:
    threads: list[threading.Thread] = []

    def noting(*asked: Any) -> Calculation:
        threads.append(threading.current_thread())
        return calculate(*asked)

    monkeypatch.setattr(calculating, "calculate", noting)
    world = PriceWorld()
    await world.sells(fen=100)
    wanted = tuple(RequestedLine("tea", 1) for _ in range(lines))

    snapshot = await world.desk.quote(Ask(Scene.CHECKOUT, "CNY", wanted, "buyer-1"), world.now)

    assert snapshot.total == cny(100 * lines)
    assert [thread is not threading.main_thread() for thread in threads] == [beside]
