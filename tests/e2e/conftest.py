"""The whole product, started once for all journeys, in a data folder of its own."""

import os
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from ops.demo import WINDOWS
from ops.scenarios import SCENARIOS, outages
from ops.scenarios.shop import Shop
from ops.scenarios.story import Machinery, Story
from ops.stack import Stack
from ops.stories import events_on, page_name

PAGES = Path(__file__).resolve().parents[2] / "docs/stories"
Tell = Callable[[Shop, Machinery], Awaitable[Story]]
# What may have happened besides, by the time that somebody looks: nobody pays these orders.
MAY_ALSO: Mapping[Tell, frozenset[str]] = {outages.temporal_stopped: frozenset({"OrderCancelled"})}


@pytest.fixture(scope="session")
async def stack():
    # Only what finds programs: a configured address must not reach the tests.
    neutral = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="orderkeep-test-e2e-") as folder:
        async with Stack(Path(folder), environment={**neutral, **WINDOWS}) as running:
            yield running


@pytest.fixture
async def shop(stack):
    async with Shop(stack.api_url, stack.provider_url, stack.carrier_url) as shop:
        yield shop


@pytest.fixture
def tell(shop, stack):
    """Tells a scenario; the events of its order must be those of its page, in whatever order they came."""

    async def telling(scenario: Tell) -> Story:
        story = await scenario(shop, stack)
        its = next(each for each in SCENARIOS if each.tell is scenario)
        page = (PAGES / page_name(its)).read_text(encoding="utf-8")
        view, events = await shop.whole_story(story.order["id"])
        happened = Counter(event["type"] for event in events)
        told = Counter(events_on(page))
        assert all(happened[kind] == times for kind, times in told.items()), (happened, told)
        assert set(happened - told) <= MAY_ALSO.get(scenario, frozenset()), (happened, told)
        if happened == told:
            assert f"status `{view['status']}`, payment `{view['payment_status']}`" in page
        return story

    return telling
