"""Proposals that break a rule: each is refused with the field's name, and nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_world import ApiWorld
from tests.support.problems import is_problem, send
from tests.unit.api.proposing import PATH, ann, bob, mug_at, mug_price, on_holiday, proposed, submitted


def with_price(**changes: Any) -> dict[str, Any]:
    return mug_at(800, item_price={"sku": "mug", "prices": [{**mug_price(800), **changes}]})


def with_document(**changes: Any) -> dict[str, Any]:
    wanted = on_holiday()["promotion"]
    return on_holiday({**wanted, "document": {**wanted["document"], **changes}})


def money(amount: Any, currency: str = "CNY") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


ILL_FORMED: dict[str, tuple[Any, str]] = {
    "no subject": ({name: value for name, value in mug_at(8).items() if name != "subject"}, "/subject"),
    "an unknown subject": (mug_at(800, subject="voucher"), "/subject"),
    "nothing of its subject": (mug_at(800, item_price=None), "/item_price"),
    "another subject": (mug_at(800, subject="promotion"), "/item_price"),
    "two at once": ({**mug_at(800), "promotion": on_holiday()["promotion"]}, "/promotion"),
    "no start": (mug_at(800, starts_at=None), "/starts_at"),
    "a start without a zone": (mug_at(800, starts_at="2026-01-06T12:00:00"), "/starts_at"),
    "a start that is no time": (mug_at(800, starts_at="tomorrow"), "/starts_at"),
    "a start before the calendar": (mug_at(800, starts_at="0001-01-01T00:00:00+14:00"), "/starts_at"),
    "an unknown field": (mug_at(800, urgent=True), "/urgent"),
    "a merchant that is a number": (mug_at(800, merchant_id=7), "/merchant_id"),
    "a merchant with a blank": (mug_at(800, merchant_id="shop 7"), "/merchant_id"),
    "a long comment": (mug_at(800, comment="x" * 1_001), "/comment"),
    "a comment with NUL": (mug_at(800, comment="a\x00b"), "/comment"),
    "no prices": (mug_at(800, item_price={"sku": "mug", "prices": []}), "/item_price/prices"),
    "no sku": (mug_at(800, item_price={"prices": [mug_price(8)]}), "/item_price/sku"),
    "a fraction": (with_price(discount_price=money(8.5)), "/item_price/prices/0/discount_price/amount"),
    "a negative price": (with_price(discount_price=money(-1)), "/item_price/prices/0/discount_price/amount"),
    "an unknown currency": (
        with_price(discount_price=money(1, "XYZ")),
        "/item_price/prices/0/discount_price/currency",
    ),
    "a region in words": (with_price(region="China"), "/item_price/prices/0/region"),
    "a negative quota": (on_holiday(quotas={"mug": -1}), "/promotion/quotas/mug"),
    "half a quota": (on_holiday(quotas={"mug": 1.5}), "/promotion/quotas/mug"),
    "a promotion that is a list": (on_holiday({"document": [], "quotas": {}}), "/promotion/document"),
}


@pytest.mark.parametrize("case", ILL_FORMED)
async def test_a_body_of_another_shape_is_refused_by_field(world: ApiWorld, case):
    body, pointer = ILL_FORMED[case]

    document = is_problem(await ann(world, "POST", "", body), 422, "invalid_request")

    assert document["errors"][0]["pointer"] == pointer
    assert world.events._events == []


BROKEN: dict[str, tuple[Any, str, str]] = {
    "an end before its start": (mug_at(800, ends_at="2026-01-05T12:00:00Z"), "invalid_value", "ends_at"),
    "no length": (mug_at(800, ends_at="2026-01-06T12:00:00Z"), "invalid_value", "ends_at"),
    "a promotion for good": (on_holiday(ends_at=None), "invalid_value", "ends_at"),
    "a free market price": (with_price(market_price=money(0)), "invalid_value", "market_price"),
    "above the market": (with_price(discount_price=money(1_201)), "invalid_value", "discount_price"),
    "listed below": (with_price(listed_price=money(799)), "invalid_value", "listed_price"),
    "two prices for one place": (
        mug_at(8, item_price={"sku": "mug", "prices": [mug_price(8), mug_price(9)]}),
        "invalid_value",
        "prices",
    ),
    "an id of one's own": (with_document(id="promo_1"), "invalid_value", "promotion.id"),
    "a window in the document": (
        with_document(ends_at="2027-01-01T00:00:00Z"),
        "invalid_value",
        "promotion.ends_at",
    ),
    "another merchant in it": (with_document(merchant_id="shop-8"), "invalid_value", "promotion.merchant_id"),
    "quotas for other goods": (on_holiday(quotas={"card": 1}), "invalid_value", "quotas"),
    "a price below zero in the terms": (
        with_document(terms={"prices": {"mug": -1}}),
        "invalid_value",
        "",
    ),
    "an unknown field of a promotion": (with_document(loud=True), "invalid_value", "loud"),
    "a buyer who pays": (with_document(funder="buyer"), "invalid_value", "funder"),
    "a promotion of the platform's lane": (
        with_document(kind="platform_threshold", terms={"minimum": 1_000, "amount": 100}),
        "invalid_value",
        "promotion.kind",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_value_that_breaks_a_rule_is_refused(world: ApiWorld, case):
    body, code, field = BROKEN[case]

    document = is_problem(await ann(world, "POST", "", body), 422, code)

    assert document["field"] == field or not field
    assert world.events._events == []


async def test_two_currencies_in_one_price_are_refused(world: ApiWorld):
    body = with_price(discount_price=money(800, "USD"))

    is_problem(await ann(world, "POST", "", body), 422, "currency_mismatch")


async def test_an_unknown_kind_of_promotion_is_refused(world: ApiWorld):
    is_problem(await ann(world, "POST", "", with_document(kind="seance")), 422, "unknown_promotion_kind")


async def test_an_edit_is_checked_like_a_draft(world: ApiWorld):
    path = (await proposed(world))["links"]["self"]
    seen = {"If-Match": '"1"'}

    is_problem(await ann(world, "PUT", path, mug_at(800, urgent=1), **seen), 422, "invalid_request")
    is_problem(await ann(world, "PUT", path, mug_at(800, merchant_id="x"), **seen), 422, "invalid_request")
    is_problem(await ann(world, "PUT", path, with_price(market_price=money(0)), **seen), 422, "invalid_value")
    ghost = mug_at(8, item_price={"sku": "ghost", "prices": [mug_price(8)]})
    is_problem(await ann(world, "PUT", path, ghost, **seen), 404, "item_not_found")
    assert (await world.get(path)).json()["version"] == 1


async def test_a_rejection_says_why(world: ApiWorld):
    path = (await submitted(world))["links"]["self"]

    for body in ({}, {"reason": ""}, {"reason": None}, {"reason": "no", "why": "no"}):
        is_problem(await bob(world, "POST", f"{path}/reject", body), 422, "invalid_request")
    is_problem(await bob(world, "POST", f"{path}/reject", {"reason": "  "}), 422, "invalid_value")
    assert (await world.get(path)).json()["status"] == "pending_review"


@pytest.mark.parametrize("action", ["submit", "withdraw", "approve", "activate"])
async def test_actions_take_nothing_but_what_is_documented(world: ApiWorld, action):
    path = (await proposed(world))["links"]["self"]

    is_problem(await bob(world, "POST", f"{path}/{action}", {"force": True}), 422, "invalid_request")


async def test_a_request_that_changes_something_names_itself(world: ApiWorld):
    path = (await proposed(world))["links"]["self"]

    for target in (PATH, f"{path}/submit", f"{path}/approve"):
        body: Any = {**mug_at(8), "merchant_id": "shop-7"} if target == PATH else {}
        answer = await world.http.post(target, json=body)
        is_problem(answer, 400, "idempotency_key_missing")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"subject":"item_price","subject":"promotion"}', "null"])
async def test_what_is_no_json_object_is_refused(world: ApiWorld, content):
    answer = await send(world, PATH, content)

    assert answer.status_code in {400, 422}
    assert world.events._events == []
