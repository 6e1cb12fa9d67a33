"""What the demo makes of a scenario that was right, went wrong, or could not be told."""

import io
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from rich.console import Console

from domain.ports.brokers import Broker
from ops.demo import Told, tell
from ops.demo_table import print_scenarios
from ops.scenarios import SCENARIOS
from ops.scenarios.answers import ShopError
from ops.scenarios.shop import Shop
from ops.scenarios.staircase import staircase
from ops.scenarios.story import Machinery, Scenario, Story, check
from ops.up import addresses_table

ORDER = {
    "id": "ord_1",
    "number": "7KQ2M-9XWTAB",
    "status": "paid",
    "captured": {"amount": 1_990_000, "currency": "CNY"},
    "refunded": {"amount": 0, "currency": "CNY"},
}


class Ours:
    def drives(self, name: str) -> bool:
        return name != "temporal"

    async def start(self, name: str) -> None:
        raise AssertionError(name)

    stop = kill = start

    def broker(self) -> AbstractAsyncContextManager[Broker]:
        raise AssertionError("nobody speaks by message here")


def a_scenario(*errors: Exception, breaks: tuple[str, ...] = ()) -> Scenario:
    async def story(_shop: Shop, _machinery: Machinery) -> Story:
        for error in errors:
            raise error
        return Story(ORDER, "as it should be")

    return Scenario(1, "A story", story, breaks)


async def told(scenario: Scenario) -> Told:
    async with Shop("http://nowhere", "http://nowhere", "http://nowhere") as shop:
        return await tell(scenario, shop, Ours())


def printed(*stories: Told, ui: str | None = "http://ui") -> str:
    output = io.StringIO()
    console = Console(file=output, width=200)
    print_scenarios(console, stories, ui, "default")
    return output.getvalue()


async def test_a_right_scenario_shows_its_order_its_money_and_its_workflow():
    table = printed(await told(a_scenario()))
    for part in ("7KQ2M-9XWTAB", "paid", "19,900.00 CNY", "0.00 CNY"):
        assert part in table
    assert "http://ui/namespaces/default/workflows/order%3Aord_1" in table
    assert "1 scenarios, all right." in table


async def test_without_a_page_of_temporal_the_workflow_is_named():
    assert "order:ord_1" in printed(await told(a_scenario()), ui=None)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ShopError("POST /v1/orders answered 500"), "POST /v1/orders answered 500"),
        (httpx.ConnectError("refused"), "ConnectError refused"),
        (KeyError("total"), "'total'"),
    ],
)
async def test_a_scenario_that_fails_is_wrong_and_says_why(error, words):
    one = await told(a_scenario(error))
    assert words in one.wrong
    assert words in printed(one)
    assert "all right" not in printed(one)


async def test_a_broken_expectation_is_its_own_sentence():
    async def story(_shop: Shop, _machinery: Machinery) -> Story:
        check([], "the provider did not charge once")
        return Story(ORDER)

    assert (await told(Scenario(1, "A story", story))).wrong == "the provider did not charge once"


async def test_a_scenario_that_would_stop_somebody_elses_server_is_skipped():
    one = await told(a_scenario(breaks=("temporal",)))
    assert one.skipped == "temporal is configured and not ours to stop"
    assert one.story is None
    assert "1 skipped" in printed(one)


def test_the_scenarios_are_told_in_order():
    assert [scenario.number for scenario in SCENARIOS] == list(range(1, len(SCENARIOS) + 1))


def test_a_price_is_drawn_as_a_staircase_that_ends_at_what_is_to_be_paid():
    steps = [("goods", 10_000, 10_000), ("voucher", -4_000, 6_000), ("delivery", 500, 6_500)]
    money = [{"label": a, "amount": {"amount": b}, "running": {"amount": c}} for a, b, c in steps]
    assert staircase(money, 6_500) == [
        "goods        +100.00     100.00  " + "█" * 40,
        "voucher       −40.00      60.00  " + " " * 24 + "▒" * 16,
        "delivery       +5.00      65.00  " + " " * 24 + "█" * 2,
        "to pay                    65.00  " + "█" * 26,
    ]


def test_every_address_is_told_once():
    stack: Any = SimpleNamespace(
        api_url="http://api",
        grpc_address="api:8006",
        temporal_ui_url="http://ui",
        provider_url="http://provider",
        carrier_url="http://carrier",
        addresses=SimpleNamespace(
            temporal_address="t", database_url="postgresql://db", redis_url="redis://v"
        ),
        servers=SimpleNamespace(folder=SimpleNamespace(path=Path("/data"))),
    )

    names, places = (list(column.cells) for column in addresses_table(stack).columns)

    assert max(Counter(names).values()) == max(Counter(places).values()) == 1
    assert {"http://api/docs", "api:8006", "http://ui", "http://provider", "http://carrier"} <= set(places)
