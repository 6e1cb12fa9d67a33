"""Display, order and payment price over HTTP, and the price history of an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api.schemas.prices import DisplayPricesView, PaymentPriceView, PriceHistoryView
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.ports.price_checks import RecordedCheck
from domain.pricing.consistency import PriceCheck, Reason, Verdict
from tests.support.api_world import LINES, ApiWorld, cny
from tests.support.builders import NOON
from tests.support.price_api import HOUR, promotes, yuan
from tests.support.problems import is_problem

SHOWN = {"currency": "CNY", "skus": ["mug", "card"]}


async def costs(world: ApiWorld, amount: int) -> None:
    """The mug has another price from now on."""
    price = BasePrice(cny(max(amount, 1)), cny(amount))
    await world.catalogue.put_items([CatalogueItem("mug", "shop-7", "Mug", Category.PHYSICAL, (price,))])


async def pays(world: ApiWorld, snapshot_id: str, buyer_id: str = "buyer-1"):
    return await world.http.post(
        "/v1/prices/payment", json={"snapshot_id": snapshot_id, "buyer_id": buyer_id}
    )


# What a page shows.


async def test_a_page_shows_every_price_of_an_item(world: ApiWorld):
    await promotes(world, ends_at=NOON + timedelta(minutes=4))

    answer = await world.http.post("/v1/prices/display", json=SHOWN)

    assert answer.status_code == 200
    shown = DisplayPricesView.model_validate_json(answer.content).model_dump(mode="json")
    mug, card = shown["items"]
    assert mug["promotion"]["id"] == "pro_1"
    assert mug["expiration_warnings"][0]["urgency"] == "high"
    named = ("listed_price", "market_price", "discount_price", "promotion_price", "price")
    assert [mug[name]["amount"] for name in named] == [1_200, 1_200, 1_000, 800, 800]
    assert (card["price"], card["promotion_price"], card["promotion"]) == (yuan(1_000), None, None)
    assert card["expiration_warnings"] == []


async def test_what_was_shown_is_kept_for_ten_minutes(world: ApiWorld):
    shown = (await world.http.post("/v1/prices/display", json=SHOWN)).json()

    quote = (await world.get(f"/v1/quotes/{shown['snapshot_id']}")).json()

    assert (quote["scene"], [line["quantity"] for line in quote["lines"]]) == ("display", [1, 1])
    assert quote["expires_at"] == shown["expires_at"] == "2026-01-05T12:10:00.000Z"
    assert quote["rule_version"] == shown["rule_version"]
    assert quote["charges"]["amount"] == 0


async def test_what_a_whole_basket_saves_is_no_items_price(world: ApiWorld):
    await promotes(world, "shop_threshold", {"minimum": 100, "amount": 50}, skus=None)

    shown = (await world.http.post("/v1/prices/display", json=SHOWN)).json()

    assert [item["price"]["amount"] for item in shown["items"]] == [1_000, 1_000]
    assert [item["promotion"] for item in shown["items"]] == [None, None]


async def test_a_region_has_prices_of_its_own(world: ApiWorld):
    everywhere, here = (
        BasePrice(cny(1_200), cny(1_000)),
        BasePrice(cny(2_000), cny(1_500), cny(2_500), "HK"),
    )
    mug = CatalogueItem("mug", "shop-7", "Mug", Category.PHYSICAL, (everywhere, here))
    await world.catalogue.put_items([mug])

    there = (await world.http.post("/v1/prices/display", json={**SHOWN, "region": "HK"})).json()
    elsewhere = (await world.http.post("/v1/prices/display", json={**SHOWN, "region": "SG"})).json()

    assert there["region"] == "HK"
    assert (there["items"][0]["price"], there["items"][0]["listed_price"]) == (yuan(1_500), yuan(2_500))
    assert elsewhere["items"][0]["price"] == yuan(1_000)


async def test_without_promotions_a_page_shows_base_prices_and_says_so(world: ApiWorld, monkeypatch):
    await promotes(world)

    async def away(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(world.catalogue, "active", away)

    shown = (await world.http.post("/v1/prices/display", json=SHOWN)).json()

    assert shown["degraded"]
    assert shown["items"][0]["price"] == yuan(1_000)


# What is ordered by.


@pytest.mark.parametrize(("method", "scene"), [(None, "order"), ("card", "checkout")])
async def test_an_order_price_is_final_once_the_payment_method_is_known(world: ApiWorld, method, scene):
    body = {"currency": "CNY", "buyer_id": "buyer-1", "lines": LINES, "payment_method": method}

    answer = await world.http.post("/v1/prices/order", json=body)

    quote = answer.json()
    assert (answer.status_code, quote["scene"]) == (201, scene)
    assert answer.headers["location"] == quote["links"]["self"]
    assert (await world.place(snapshot_id=quote["id"])).status_code == 201


# What is paid.


async def test_a_price_that_still_holds_is_honoured(world: ApiWorld):
    quote = await world.quote()

    answer = await pays(world, quote["id"])

    checked = PaymentPriceView.model_validate_json(answer.content).model_dump(mode="json")
    assert (checked["verdict"], checked["snapshot_id"]) == ("honoured", quote["id"])
    assert checked["total"] == checked["shown_total"] == quote["total"]
    assert checked["difference"] == yuan(0)
    assert checked["reason"] is checked["reason_text"] is None
    assert checked["messages"] == []


@pytest.mark.parametrize(("unit", "verdict"), [(1_050, "honoured"), (1_051, "changed"), (949, "changed")])
async def test_a_price_may_move_by_one_yuan_and_no_fen_more(world: ApiWorld, unit, verdict):
    quote = await world.quote()
    await costs(world, unit)

    checked = (await pays(world, quote["id"])).json()

    assert checked["verdict"] == verdict
    assert checked["difference"]["amount"] == 2 * unit - 2_000
    charged = quote["total"]["amount"] if verdict == "honoured" else 2 * unit + 1_200
    assert checked["total"]["amount"] == charged


async def test_a_changed_price_says_why_and_names_the_snapshot_to_agree_to(world: ApiWorld):
    await promotes(world, ends_at=NOON + timedelta(minutes=5))
    quote = await world.quote()
    world.clock.passes(timedelta(minutes=5))

    checked = (await pays(world, quote["id"])).json()

    assert (checked["verdict"], checked["reason"]) == ("changed", "promotion_ended")
    assert checked["reason_text"]["zh"] == "促销活动已结束"
    assert checked["snapshot_id"] != quote["id"]
    (message,) = checked["messages"]
    assert (message["code"], message["resolution"]) == ("price_changed", "confirm_or_decline_price")
    assert message["difference"] == checked["difference"] == yuan(400)
    fresh = (await world.get(f"/v1/quotes/{checked['snapshot_id']}")).json()
    assert fresh["total"] == checked["total"]


async def test_an_expired_price_that_is_still_the_same_goes_on_with_a_fresh_snapshot(world: ApiWorld):
    quote = await world.quote()
    world.clock.passes(timedelta(minutes=15))

    checked = (await pays(world, quote["id"])).json()

    assert (checked["verdict"], checked["total"]) == ("recalculated", quote["total"])
    assert checked["snapshot_id"] != quote["id"]
    assert checked["messages"][0]["code"] == "price_recalculated"


async def test_a_price_in_its_last_two_minutes_is_honoured_with_a_warning(world: ApiWorld):
    quote = await world.quote()
    world.clock.passes(timedelta(minutes=13, seconds=1))

    checked = (await pays(world, quote["id"])).json()

    assert (checked["verdict"], checked["expiring_soon"]) == ("honoured", True)
    assert [message["code"] for message in checked["messages"]] == ["expiring_soon"]


async def test_asking_twice_binds_nobody(world: ApiWorld):
    quote = await world.quote()
    await pays(world, quote["id"])
    await pays(world, quote["id"])

    assert (await world.place(snapshot_id=quote["id"])).status_code == 201


@pytest.mark.parametrize(("snapshot", "buyer"), [("snap_none", "buyer-1"), (None, "buyer-2")])
async def test_a_snapshot_that_is_unknown_or_somebody_elses_is_not_found(world: ApiWorld, snapshot, buyer):
    snapshot_id = snapshot or (await world.quote())["id"]

    is_problem(await pays(world, snapshot_id, buyer), 404, "snapshot_not_found")


async def test_a_degraded_price_is_not_paid_by(world: ApiWorld):
    quote = await world.quote(scene="display")
    snapshot = world.snapshots._snapshots[quote["id"]]
    world.snapshots._snapshots[quote["id"]] = replace(snapshot, degraded=True)

    is_problem(await pays(world, quote["id"]), 422, "not_a_final_price")


# What an order's prices were.


async def test_the_prices_of_an_order_are_told_in_order_of_time(world: ApiWorld):
    order_id = await world.placed()
    (snapshot_id,) = world.snapshots._snapshots
    changed = PriceCheck(Verdict.CHANGED, cny(3_200), cny(3_700), Reason.PRICE_ADJUSTED)
    honoured = PriceCheck(Verdict.HONOURED, cny(3_700), cny(3_700), expiring_soon=True)
    await world.checks.record(RecordedCheck(order_id, "snap_2", "snap_2", NOON + HOUR, honoured, "version-2"))
    await world.checks.record(RecordedCheck(order_id, snapshot_id, "snap_2", NOON, changed, "version-1"))

    answer = await world.get(f"/v1/orders/{order_id}/prices")

    history = PriceHistoryView.model_validate_json(answer.content).model_dump(mode="json")
    first, second = history["items"]
    assert (first["verdict"], first["reason"], first["difference"]) == (
        "changed",
        "price_adjusted",
        yuan(500),
    )
    assert first["reason_text"]["zh"] == "商品价格已调整"
    assert (first["snapshot_id"], first["next_snapshot_id"]) == (snapshot_id, "snap_2")
    assert (second["verdict"], second["reason"], second["expiring_soon"]) == ("honoured", None, True)
    (snapshot,) = history["snapshots"]
    assert (snapshot["id"], snapshot["total"]) == (snapshot_id, yuan(3_200))
    assert (await world.get(snapshot["links"]["self"])).status_code == 200


async def test_an_order_that_was_never_accepted_has_no_prices(world: ApiWorld):
    is_problem(await world.get("/v1/orders/ord_none/prices"), 404, "order_not_found")
