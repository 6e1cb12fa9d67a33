"""Runs a calculation so that nobody else in the process has to wait for a large one. It decides nothing."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from activities.price_reading import Reading
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation

# Up to here a calculation takes a few milliseconds. A thousand lines with fifty promotions that have to be
# searched take most of a second, in which the process would answer nobody.
MOST_AT_ONCE: Final = 50


async def calculated(reading: Reading, at: datetime) -> Calculation:
    """The price of what was read, at that moment. Raises what `calculate` raises.

    A large one is made in a thread, where it lets others run every few milliseconds.
    """
    if len(reading.request.lines) <= MOST_AT_ONCE:
        return calculate(reading.page, reading.request, at)
    return await asyncio.to_thread(calculate, reading.page, reading.request, at)
