"""POST /v1/quotes and GET: what a price is told with, and what a what-if leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api.schemas.quotes import QuoteView
from tests.support.api_world import LINES, ApiWorld
from tests.support.builders import NOON
from tests.support.price_api import knows, promotes, puts, tells_the_worked_example, yuan
from tests.support.problems import is_problem

ASKED = {"scene": "checkout", "currency": "CNY", "buyer_id": "buyer-1", "lines": LINES}


def total_of(quote) -> int:
    amount: int = quote["total"]["amount"]
    return amount


async def test_the_worked_example_is_right_to_the_fen_and_explains_itself(world: ApiWorld):
    quote = await tells_the_worked_example(world)

    assert total_of(quote) == 69_360
    breakdown = quote["breakdown"]
    assert breakdown["text"].endswith("− 80.00 − 80.00 − 100.00 − 100.00 + 10.00 + 50.00 + 13.60 = 693.60")
    assert breakdown["steps"][-1]["running"] == quote["total"]
    assert sum(part["amount"]["amount"] for part in breakdown["components"]) == 69_360
    for part in breakdown["components"]:
        assert sum(share["amount"]["amount"] for share in part["shares"]) == part["amount"]["amount"]
    handling = breakdown["components"][-1]
    assert (handling["type"], handling["base"]) == ("handling_fee", yuan(68_000))
    assert quote["goods"]["amount"] + quote["charges"]["amount"] == 69_360
    assert [promotion["id"] for promotion in quote["promotions"]] == ["pro_1", "pro_2"]


async def test_a_quote_is_as_documented_and_reads_as_it_was_given_out(world: ApiWorld):
    quote = await tells_the_worked_example(world)

    again = await world.get(quote["links"]["self"])

    assert again.json() == quote
    assert QuoteView.model_validate_json(again.content).model_dump(mode="json") == quote


async def test_the_wishes_of_a_quote_stand_in_it(world: ApiWorld):
    quote = await world.quote(region="CN", points=5, payment_method="wallet", voucher_code="NONE")

    assert (quote["region"], quote["points"]) == ("CN", 5)
    assert (quote["payment_method"], quote["voucher_code"]) == ("wallet", "NONE")
    assert quote["services"] == quote["hold_ids"] == []


async def test_a_line_shows_what_is_struck_through_and_what_it_costs_with_everything(world: ApiWorld):
    quote = await world.quote()

    (line,) = quote["lines"]
    assert (line["listed_price"], line["unit_price"], line["amount"]) == (
        yuan(1_200),
        yuan(1_000),
        yuan(2_000),
    )
    assert line["total"] == quote["total"]


async def test_a_promotion_and_what_it_takes_off_are_named(world: ApiWorld):
    await promotes(world)

    quote = await world.quote()

    assert quote["promotions"] == [
        {
            "id": "pro_1",
            "name": "Flash sale on Friday",
            "type": "flash_sale",
            "ends_at": "2026-01-05T13:00:00.000Z",
            "reduction": yuan(400),
            "funder": "merchant",
            "skus": ["mug"],
        }
    ]
    assert quote["lines"][0]["unit_price"] == yuan(800)


# What the buyer should know.


async def test_what_is_missing_for_an_offer_is_said(world: ApiWorld):
    await promotes(world, "shop_threshold", {"minimum": 5_000, "amount": 500}, skus=None)

    (message,) = (await world.quote())["messages"]

    assert message == {
        "code": "add_more",
        "severity": "info",
        "resolution": "add_more",
        "source": "pro_1",
        "amount": yuan(3_000),
        "saves": yuan(500),
    }


async def test_a_quota_that_is_too_small_is_said_with_what_is_left(world: ApiWorld):
    await promotes(world, quotas={"mug": 1})

    quote = await world.quote()

    (message,) = quote["messages"]
    assert (message["code"], message["sku"], message["units"]) == ("promotion_short", "mug", 1)
    assert quote["lines"][0]["unit_price"] == yuan(1_000)


async def test_that_no_unit_is_left_is_said_as_a_number(world: ApiWorld):
    await promotes(world, quotas={"mug": 0})

    (message,) = (await world.quote())["messages"]

    assert (message["code"], message["units"]) == ("promotion_short", 0)


async def test_a_voucher_that_does_not_apply_is_named_and_not_dropped(world: ApiWorld):
    (message,) = (await world.quote(voucher_code="NONE"))["messages"]

    assert (message["code"], message["source"]) == ("voucher_not_applied", "NONE")
    assert message["reason"]


async def test_points_that_nobody_has_are_said(world: ApiWorld):
    rules = {"points": {"points": 100, "worth": 100}}
    await puts(world, "/v1/fee-rules/CNY", rules)

    (message,) = (await world.quote(points=500))["messages"]

    assert message["code"] == "points_not_applied"
    assert message["reason"]


@pytest.mark.parametrize(
    ("left", "urgency"),
    [
        (timedelta(seconds=1), "critical"),
        (timedelta(seconds=119), "critical"),
        (timedelta(minutes=2), "high"),
        (timedelta(seconds=299), "high"),
        (timedelta(minutes=5), "medium"),
        (timedelta(seconds=899), "medium"),
        (timedelta(minutes=15), "low"),
    ],
)
async def test_an_offer_that_ends_soon_is_shown_with_its_urgency(world: ApiWorld, left, urgency):
    promotion = await promotes(world, ends_at=NOON + left)

    (warning,) = (await world.quote())["expiration_warnings"]

    assert (warning["promotion_id"], warning["urgency"]) == (promotion.id, urgency)
    assert warning["time_left"] == left.total_seconds()
    assert warning["message"]["en"]
    assert warning["message"]["zh"]


async def test_an_offer_that_ends_later_is_not_warned_of(world: ApiWorld):
    await promotes(world, ends_at=NOON + timedelta(minutes=15, milliseconds=1))

    assert (await world.quote())["expiration_warnings"] == []


async def test_a_quote_that_is_read_later_warns_as_of_then(world: ApiWorld):
    await promotes(world, ends_at=NOON + timedelta(minutes=20))
    quote = await world.quote()
    world.clock.passes(timedelta(minutes=19))

    later = (await world.get(quote["links"]["self"])).json()

    assert quote["expiration_warnings"] == []
    assert later["expiration_warnings"][0]["time_left"] == 60
    assert {**later, "expiration_warnings": []} == quote


# Who buys.


async def test_a_price_for_new_buyers_needs_one(world: ApiWorld):
    await promotes(world, "new_buyer_price", {"prices": {"mug": 600}})
    await knows(world, registered_at=NOON - timedelta(days=7))
    await knows(world, "buyer-2", registered_at=NOON - timedelta(days=8))

    new = await world.quote()
    old = await world.quote(buyer_id="buyer-2")
    nobody = await world.quote(buyer_id=None)

    assert [total_of(quote) - 1_200 for quote in (new, old, nobody)] == [1_200, 2_000, 2_000]


# When something is away.


async def test_a_page_without_promotions_shows_base_prices_and_says_so(world: ApiWorld, monkeypatch):
    await promotes(world)

    async def away(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(world.catalogue, "active", away)

    page = await world.quote(scene="display")
    checkout = await world.http.post("/v1/quotes", json=ASKED)

    assert page["degraded"]
    assert page["messages"][0]["code"] == "degraded"
    assert page["lines"][0]["unit_price"] == yuan(1_000)
    is_problem(checkout, 503, "prices_temporarily_unavailable")
    assert int(checkout.headers["retry-after"]) >= 1


async def test_nobody_orders_by_a_degraded_price(world: ApiWorld):
    quote = await world.quote()
    snapshot = world.snapshots._snapshots[quote["id"]]
    world.snapshots._snapshots[quote["id"]] = replace(snapshot, degraded=True)

    answer = await world.place(snapshot_id=quote["id"])

    is_problem(answer, 422, "not_a_final_price")
    assert world.intake._accepted == {}
