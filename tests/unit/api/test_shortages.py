"""What an order could not have: one refusal that tells best, and everything that is short."""

from __future__ import annotations

import pytest

from domain.stock.allowance import Allowance
from domain.stock.hold import Shortage
from tests.support.api_world import ApiWorld
from tests.support.problems import is_problem
from workflows.contracts import ConfirmPrice
from workflows.starting import order_start


@pytest.mark.parametrize(
    ("allowance", "code", "named"),
    [
        (Allowance.of_promotion("pro_7", "mug"), "promotion_sold_out", {"promotion_id": "pro_7"}),
        (
            Allowance.of_promotion_for("pro_7", "mug", "buyer-1"),
            "promotion_limit_reached",
            {"promotion_id": "pro_7"},
        ),
        (Allowance.of_voucher("SPRING"), "voucher_used_up", {"voucher_code": "SPRING"}),
        (Allowance.of_voucher_for("SPRING", "buyer-1"), "voucher_used_up", {"voucher_code": "SPRING"}),
        (Allowance.of_points("buyer-1"), "not_enough_points", {}),
    ],
)
async def test_what_an_order_could_not_have_besides_goods_is_named(world: ApiWorld, allowance, code, named):
    world.workflows.shortages = (Shortage(allowance.sku, wanted=2, available=1, allowance=allowance),)

    answer = await world.place()

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    sku = {"sku": "mug"} if allowance.sku else {}
    kind = {"allowance": allowance.kind.value}
    assert answer.json()["shortages"] == [{**kind, **named, **sku, "wanted": 2, "available": 1}]


async def test_goods_that_are_short_matter_more_than_anything_else(world: ApiWorld):
    quota = Shortage("mug", wanted=2, available=1, allowance=Allowance.of_promotion("pro_7", "mug"))
    world.workflows.shortages = (quota, Shortage("mug", wanted=2, available=0))

    answer = await world.place()

    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert len(answer.json()["shortages"]) == 2


async def test_an_order_that_was_confirmed_too_late_says_what_ran_out(world: ApiWorld):
    world.workflows.asks_buyer = True
    order_id = (await world.place()).json()["order"]["id"]
    quota = Shortage("mug", wanted=2, available=0, allowance=Allowance.of_promotion("pro_7", "mug"))
    world.workflows.shortages = (quota,)

    answer = await world.post(f"/v1/orders/{order_id}/price-confirmation", {"snapshot_id": "snap_new"})

    assert is_problem(answer, 409, "promotion_sold_out")["shortages"][0]["promotion_id"] == "pro_7"


@pytest.fixture(params=["remembered", "forgotten"])
def memory(world: ApiWorld, request: pytest.FixtureRequest) -> bool:
    """Whether the order's process can still tell what was short; its events only tell that something was."""
    world.workflows.forgotten = request.param == "forgotten"
    return not world.workflows.forgotten


async def test_an_order_that_got_no_goods_while_nobody_waited_refuses_whoever_asks_again(
    world: ApiWorld, memory: bool
):
    """Its first answer was lost with the worker; a 201 would send the buyer to a page that is not there."""
    short = (Shortage("mug", wanted=2, available=0),)
    body = await world.order_body()
    world.workflows.away = True
    order_id = (await world.post("/v1/orders", body, "same")).json()["order_id"]
    world.workflows.away, world.workflows.asks_buyer = False, True
    entry = await world.intake.find(order_id)
    assert entry is not None
    await world.workflows.checkout(order_start(entry, world.settings))  # as the relay does
    world.workflows.shortages = short
    await world.workflows.confirm_price(order_id, ConfirmPrice("snap_new"))
    world.workflows.ended = True

    answer = await world.post("/v1/orders", body, "same")
    again = await world.post("/v1/orders", body, "same")

    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert [line["sku"] for line in answer.json().get("shortages", [])] == ["mug"] * memory
    assert again.content == answer.content


async def test_an_agreement_whose_refusal_was_lost_is_refused_again(world: ApiWorld, memory: bool):
    world.workflows.asks_buyer = True
    order_id = (await world.place()).json()["order"]["id"]
    world.workflows.shortages = (Shortage("mug", wanted=2, available=0),)
    await world.workflows.confirm_price(order_id, ConfirmPrice("snap_new"))

    answer = await world.post(f"/v1/orders/{order_id}/price-confirmation", {"snapshot_id": "snap_new"})

    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert [line["sku"] for line in answer.json().get("shortages", [])] == ["mug"] * memory


async def test_an_order_that_was_refused_before_it_began_says_why(world: ApiWorld):
    body = await world.order_body()
    world.workflows.away = True
    order_id = (await world.post("/v1/orders", body, "same")).json()["order_id"]
    world.workflows.away, world.workflows.refusal = False, "promotion_ended"
    entry = await world.intake.find(order_id)
    assert entry is not None
    await world.workflows.checkout(order_start(entry, world.settings))
    world.workflows.ended = True

    answer = await world.post("/v1/orders", body, "same")

    assert (answer.status_code, answer.json()["code"]) == (409, "promotion_ended")
