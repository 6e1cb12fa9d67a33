"""The operator's calls: buyers, points, vouchers, fee rules; the merchant's prices; and the audit log."""

from __future__ import annotations

import pytest

from api.schemas.fee_rules import FeeRulesBody
from api.schemas.price_changes import PriceChangesView
from tests.support.api_world import LINES, ApiWorld, an_item, api_world
from tests.support.price_api import a_voucher, puts, yuan
from tests.support.problems import is_problem

RULES = {
    "services": [{"code": "insurance", "label": "Insurance", "amount": 500, "basis_points": 0}],
    "platform": {"amount": 100, "basis_points": 50},
    "handling": {"card": 200},
    "payment_discounts": [
        {
            "method": "wallet",
            "funder": "channel",
            "basis_points": 100,
            "amount": 0,
            "cap": 2_000,
            "minimum": 0,
        }
    ],
    "points": {"points": 100, "worth": 100, "cap": 5_000, "funder": "platform"},
    "deduction_cap": 9_000,
    "selectors": {"item": "priority"},
}


async def test_a_member_has_the_members_price(world: ApiWorld):
    member = {"registered_at": "2020-01-01T00:00:00+08:00", "total_orders": 3, "segments": ["vip"]}

    await puts(world, "/v1/buyers/buyer-1", member)

    wallet = await world.catalogue.wallet("buyer-1", "", "CNY", ())
    assert wallet.buyer is not None
    assert (wallet.buyer.total_orders, wallet.buyer.segments) == (3, frozenset({"vip"}))
    assert wallet.buyer.registered_at is not None
    assert wallet.buyer.registered_at.isoformat() == "2019-12-31T16:00:00+00:00"


async def test_points_pay_a_part(world: ApiWorld):
    await puts(world, "/v1/fee-rules/CNY", RULES)
    await puts(world, "/v1/buyers/buyer-1/points", {"points": 300})

    quote = await world.quote(points=1_000)

    parts = {part["id"]: part["amount"]["amount"] for part in quote["breakdown"]["components"]}
    assert parts["points"] == -300


async def test_a_voucher_takes_off_what_it_says(world: ApiWorld):
    await puts(world, "/v1/vouchers/HALF", a_voucher(kind="percentage", value=5_000, cap=700, skus=["mug"]))

    quote = await world.quote(voucher_code="HALF")

    parts = {part["type"]: part["amount"]["amount"] for part in quote["breakdown"]["components"]}
    assert parts["voucher"] == -700
    assert quote["messages"] == []


async def test_a_voucher_with_a_condition_is_only_for_whom_it_is(world: ApiWorld):
    condition = {"attribute": "region", "one_of": ["HK"]}
    await puts(world, "/v1/vouchers/HK", a_voucher(value=100, condition=condition))

    here, there = (
        await world.quote(voucher_code="HK", region="CN"),
        await world.quote(voucher_code="HK", region="HK"),
    )

    assert here["total"]["amount"] - there["total"]["amount"] == 100
    assert [message["code"] for message in here["messages"]] == ["voucher_not_applied"]


async def test_fee_rules_read_as_they_were_set(world: ApiWorld):
    await puts(world, "/v1/fee-rules/CNY", RULES)

    answer = await world.get("/v1/fee-rules/CNY")

    assert answer.json() == RULES
    FeeRulesBody.model_validate_json(answer.content)
    assert (await world.get("/v1/fee-rules/USD")).json() == {
        "services": [],
        "platform": None,
        "handling": {},
        "payment_discounts": [],
        "points": None,
        "deduction_cap": 10_000,
        "selectors": {},
    }


async def test_fee_rules_charge_at_checkout(world: ApiWorld):
    await puts(world, "/v1/fee-rules/CNY", {**RULES, "handling": {"card": 1_000}})

    quote = await world.quote(payment_method="card", services=["insurance"])

    parts = {part["type"]: part["amount"]["amount"] for part in quote["breakdown"]["components"]}
    assert (parts["service"], parts["platform_fee"]) == (500, 110)
    assert parts["handling_fee"] == (2_000 + 1_200 + 500 + 110) // 10
    order = (await world.place(snapshot_id=quote["id"])).json()["order"]
    assert (order["goods"], order["delivery_fee"]) == (yuan(2_000), yuan(1_200))
    assert order["other_charges"] == yuan(500 + 110 + 381)
    assert order["total"] == quote["total"]
    assert (await world.get(f"/v1/orders/{order['id']}")).json() == order


async def test_a_service_that_nobody_offers_is_refused(world: ApiWorld):
    body = {"scene": "checkout", "currency": "CNY", "lines": LINES, "services": ["gift-wrap"]}

    answer = await world.http.post("/v1/quotes", json=body)

    assert is_problem(answer, 422, "service_not_found")["services"] == ["gift-wrap"]


async def test_goods_beyond_an_amount_are_carried_for_nothing(world: ApiWorld):
    fee = {"fee": yuan(1_200), "free_from": yuan(2_000)}
    await puts(world, "/v1/catalogue/merchants/shop-7/delivery-fee", fee)

    assert (await world.quote())["charges"] == yuan(0)
    one = await world.quote(lines=[{"sku": "mug", "quantity": 1}])
    assert one["charges"] == yuan(1_200)


async def test_free_delivery_is_told_in_the_currency_of_the_fee(world: ApiWorld):
    fee = {"fee": yuan(1_200), "free_from": {"amount": 2_000, "currency": "USD"}}

    answer = await world.http.put("/v1/catalogue/merchants/shop-7/delivery-fee", json=fee)

    is_problem(answer, 422, "currency_mismatch")


async def test_an_item_has_one_price_for_each_currency_and_region(world: ApiWorld):
    price = {"market_price": yuan(1_200), "discount_price": yuan(1_000)}
    there = {**price, "discount_price": yuan(1_100), "listed_price": yuan(1_500), "region": "HK"}

    await puts(world, "/v1/catalogue/items", {"items": [an_item(prices=[price, there])]})
    twice = await world.http.put("/v1/catalogue/items", json={"items": [an_item(prices=[price, price])]})

    line = (await world.quote(region="HK"))["lines"][0]
    assert (line["unit_price"], line["listed_price"]) == (yuan(1_100), yuan(1_500))
    is_problem(twice, 422, "invalid_value")


@pytest.mark.parametrize(
    ("field", "prices"),
    [
        ("listed_price", {"listed_price": yuan(999)}),
        ("market_price", {"market_price": yuan(0)}),
        ("discount_price", {"discount_price": yuan(1_201)}),
    ],
)
async def test_a_price_that_breaks_a_rule_of_prices_names_its_field(world: ApiWorld, field, prices):
    price = {"market_price": yuan(1_200), "discount_price": yuan(1_000), **prices}

    answer = await world.http.put("/v1/catalogue/items", json={"items": [an_item(prices=[price])]})

    assert is_problem(answer, 422, "invalid_value")["errors"][0]["pointer"] == field


# Who changed what.


async def test_every_change_names_who_made_it_from_what_to_what(world: ApiWorld):
    world.http.headers["Orderkeep-Actor"] = "mei"
    await puts(world, "/v1/catalogue/items", {"items": [an_item(stock=5)]})
    price = {"market_price": yuan(1_200), "discount_price": yuan(900)}
    await puts(world, "/v1/catalogue/items", {"items": [an_item(prices=[price])]})

    answer = await world.get("/v1/price-changes?subject=item_price&subject_id=mug")

    newest = PriceChangesView.model_validate_json(answer.content).items[0]
    assert (newest.who, newest.subject_id) == ("mei", "mug")
    assert newest.changed_at == world.clock.now()
    assert newest.old != newest.new
    assert "900" in str(newest.new)


async def test_promotions_vouchers_and_fees_are_in_the_log_too(world: ApiWorld):
    await puts(world, "/v1/vouchers/HALF", a_voucher())
    await puts(world, "/v1/fee-rules/CNY", RULES)
    await puts(world, "/v1/catalogue/merchants/shop-7/delivery-fee", {"fee": yuan(1)})

    log = (await world.get("/v1/price-changes")).json()["items"]

    assert [change["subject"] for change in log[:3]] == ["delivery_fee", "fee_rules", "voucher"]
    assert [change["subject_id"] for change in log[:3]] == ["shop-7", "CNY", "HALF"]


async def test_the_log_is_read_in_pages(world: ApiWorld):
    for value in range(1, 6):
        await puts(world, "/v1/vouchers/SOME", a_voucher(value=value))

    numbers: list[int] = []
    path = "/v1/price-changes?subject=voucher&limit=2"
    page = (await world.get(path)).json()
    while True:
        numbers += [change["number"] for change in page["items"]]
        if not page["has_more"]:
            break
        page = (await world.get(f"{path}&before={page['before']}")).json()

    assert len(numbers) == 5
    assert numbers == sorted(numbers, reverse=True)
    assert page["before"] is None


# Who may.


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/buyers/buyer-1", {"registered_at": None}),
        ("PUT", "/v1/buyers/buyer-1/points", {"points": 5}),
        ("PUT", "/v1/vouchers/HALF", a_voucher()),
        ("PUT", "/v1/fee-rules/CNY", {}),
        ("GET", "/v1/price-changes", None),
        ("GET", "/v1/pricing/figures", None),
        ("GET", "/metrics", None),
    ],
)
async def test_rules_and_logs_are_not_for_callers_and_merchants(method, path, body):
    async with api_world(ApiWorld(api_keys="caller+merchant:a-key,operator+ops:o-key")) as world:

        async def asks(key: str):
            headers = {"Authorization": f"Bearer {key}"}
            return await world.http.request(method, path, json=body, headers=headers)

        is_problem(await asks("a-key"), 403, "wrong_scope")
        assert (await asks("o-key")).status_code in {200, 204}


async def test_a_merchant_does_not_change_what_another_one_sells():
    async with api_world(ApiWorld(api_keys="merchant@shop-8:m-key")) as world:
        world.http.headers["Authorization"] = "Bearer m-key"

        theirs = await world.http.put("/v1/catalogue/items", json={"items": [an_item()]})
        as_ours = await world.http.put("/v1/catalogue/items", json={"items": [an_item(merchant_id="shop-8")]})

        is_problem(theirs, 404, "merchant_not_found")
        is_problem(as_ours, 404, "merchant_not_found")
        assert await world.catalogue.owners(["mug"]) == {"mug": "shop-7"}
