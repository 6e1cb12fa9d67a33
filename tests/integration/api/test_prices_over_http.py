"""Prices, holds, rules and their records over HTTP and real stores: what the memory twins cannot show."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from api.schemas.price_changes import PriceChangesView
from api.schemas.prices import DisplayPricesView, PaymentPriceView, PriceHistoryView
from tests.integration.api.conftest import RealApi
from tests.integration.api.price_stage import Stage
from tests.support.price_api import a_voucher, yuan


async def puts(api: RealApi, path: str, body: dict[str, Any]) -> None:
    answer = await api.http.put(path, json=body, headers={"Orderkeep-Actor": "mei"})
    assert answer.status_code == 204, answer.text


async def test_a_cart_becomes_an_order_with_promotion_voucher_and_points(real_api: RealApi):
    stage = Stage(real_api)
    code = f"V-{uuid4().hex[:8]}"
    await stage.sells(price=12_000, stock=10)
    promotion = await stage.flash(price=10_000, quota=2, per_buyer=2)
    await puts(real_api, f"/v1/vouchers/{code}", a_voucher(value=500, ends_at="2199-01-01T00:00:00Z", uses=1))
    line = {"sku": stage.sku, "quantity": 2, "promotion_id": promotion.id}
    wanted = {"buyer_id": stage.buyer_id, "lines": [line]}

    held = await real_api.post("/v1/holds", wanted)
    other = await real_api.post("/v1/holds", {**wanted, "buyer_id": "somebody-else"})
    quote = await stage.quote(quantity=2, hold_ids=[held.json()["id"]], voucher_code=code)
    placed = await stage.orders(quote, quantity=2)
    hold = (await real_api.http.get(held.headers["location"])).json()
    given_back = await real_api.http.delete(held.headers["location"])

    assert held.json()["lines"] == [line]
    assert (other.status_code, other.json()["code"]) == (409, "promotion_sold_out")
    assert (quote["goods"], quote["messages"]) == (yuan(19_500), [])
    assert placed.status_code == 201, placed.text
    assert placed.json()["order"]["total"] == quote["total"]
    assert hold["status"] == "converted"
    assert (given_back.status_code, given_back.json()["code"]) == (409, "hold_not_active")
    level = await real_api.ports.stock.level(stage.sku)
    assert level is not None
    assert (level.available, level.held) == (8, 2)


async def test_what_is_given_back_can_be_had_by_somebody_else(real_api: RealApi):
    stage = Stage(real_api)
    await stage.sells(stock=1)
    wanted = {"buyer_id": stage.buyer_id, "lines": [{"sku": stage.sku, "quantity": 1}]}
    first = await real_api.post("/v1/holds", wanted)

    refused = await real_api.post("/v1/holds", wanted)
    await real_api.http.delete(first.headers["location"])
    again = await real_api.post("/v1/holds", wanted)

    assert refused.json()["shortages"] == [{"sku": stage.sku, "wanted": 1, "available": 0}]
    assert [first.status_code, again.status_code] == [201, 201]


async def test_a_buyer_whose_voucher_is_used_up_since_the_quote_is_asked_and_not_refused(real_api: RealApi):
    stage = Stage(real_api)
    await stage.sells()
    code = f"V-{uuid4().hex[:8]}"
    await puts(
        real_api,
        f"/v1/vouchers/{code}",
        a_voucher(value=100, ends_at="2199-01-01T00:00:00Z", uses=5, per_buyer_limit=1),
    )
    first, second = await stage.quote(voucher_code=code), await stage.quote(voucher_code=code)

    placed = await stage.orders(first)
    refused = await stage.orders(second)

    assert placed.status_code == 201
    assert refused.status_code == 200
    assert refused.json()["messages"][0]["reason"] == "deduction_changed"


async def test_shown_and_payment_prices_and_the_history_are_as_documented(real_api: RealApi):
    stage = Stage(real_api)
    await stage.sells(price=12_000)
    shown = await real_api.http.post(
        "/v1/prices/display", json={"currency": "CNY", "skus": [stage.sku], "buyer_id": stage.buyer_id}
    )
    order = await real_api.http.post(
        "/v1/prices/order",
        json={
            "currency": "CNY",
            "buyer_id": stage.buyer_id,
            "lines": [{"sku": stage.sku, "quantity": 1}],
            "payment_method": "card",
        },
    )
    payment = await real_api.http.post(
        "/v1/prices/payment", json={"snapshot_id": order.json()["id"], "buyer_id": stage.buyer_id}
    )
    placed = await stage.placed(order.json())
    history = await real_api.http.get(f"/v1/orders/{placed['order']['id']}/prices")
    picture = await real_api.http.get(order.json()["links"]["waterfall"])

    assert DisplayPricesView.model_validate_json(shown.content).items[0].price.amount == 12_000
    assert PaymentPriceView.model_validate_json(payment.content).verdict == "honoured"
    told = PriceHistoryView.model_validate_json(history.content)
    assert [check.verdict for check in told.items] == ["honoured"]
    assert [snapshot.id for snapshot in told.snapshots] == [order.json()["id"]]
    assert (picture.status_code, picture.content[:5]) == (200, b"<?xml")


async def test_every_change_is_in_the_log_with_who_made_it(real_api: RealApi):
    stage = Stage(real_api)
    await stage.sells(price=12_000)
    price = {"market_price": yuan(12_000), "discount_price": yuan(11_000), "region": "HK"}
    item = {
        "sku": stage.sku,
        "merchant_id": "m-stage",
        "title": "Porcelain cup",
        "category": "virtual",
        "prices": [price],
    }
    await puts(real_api, "/v1/catalogue/items", {"items": [item]})

    answer = await real_api.http.get(f"/v1/price-changes?subject=item_price&subject_id={stage.sku}")

    newest, oldest = PriceChangesView.model_validate_json(answer.content).items
    assert (newest.who, oldest.who) == ("mei", "local")
    assert oldest.old is None
    assert newest.old == oldest.new
    assert "HK" in str(newest.new)


async def test_fee_rules_survive_the_way_through_the_store(real_api: RealApi):
    rules = {
        "services": [{"code": "insurance", "label": "保险", "amount": 500, "basis_points": 10}],
        "platform": {"amount": 1, "basis_points": 2},
        "handling": {"card": 200},
        "payment_discounts": [
            {
                "method": "wallet",
                "funder": "channel",
                "basis_points": 100,
                "amount": 0,
                "cap": 20,
                "minimum": 1,
            }
        ],
        "points": {"points": 100, "worth": 100, "cap": 5_000, "funder": "platform"},
        "deduction_cap": 9_000,
        "selectors": {"item": "priority", "shop": "lowest_price"},
    }
    await puts(real_api, "/v1/fee-rules/OMR", rules)

    assert (await real_api.http.get("/v1/fee-rules/OMR")).json() == rules


async def test_figures_and_metrics_count_what_orders_were_checked(real_api: RealApi):
    stage = Stage(real_api)
    await stage.sells(price=12_000)
    quote = await stage.quote()
    await stage.sells(price=24_000)
    await stage.asked(quote)

    figures = (await real_api.http.get("/v1/pricing/figures")).json()["last_hour"]
    metrics = (await real_api.http.get("/metrics")).text

    assert figures["checks"] >= figures["asked"] >= 1
    assert figures["largest_difference_bp"] >= 10_000
    assert f"orderkeep_price_checks_last_hour {figures['checks']}" in metrics
