"""Rules of prices that break a rule themselves: refused with the place of the fault, and nothing changes."""

from __future__ import annotations

import json

import pytest

from tests.support.api_world import ApiWorld
from tests.support.price_api import a_voucher
from tests.support.problems import JSON_HEADERS, NO_NUMBERS, is_problem, with_raw

BEYOND = str(2**63)


async def refused_put(world: ApiWorld, path: str, text: str) -> str:
    answer = await world.http.put(path, content=text, headers=JSON_HEADERS)
    pointer: str = is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"]
    return pointer


@pytest.mark.parametrize("amount", [*NO_NUMBERS, BEYOND, "0"])
async def test_what_a_voucher_takes_off_is_a_positive_whole_number(world: ApiWorld, amount):
    text = with_raw(a_voucher(), "value", amount)

    assert await refused_put(world, "/v1/vouchers/HALF", text) == "/value"
    assert (await world.catalogue.wallet(None, "HALF", "CNY", ())).voucher is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "percentage", "value": 10_001}, "value"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, "ends_at"),
    ],
)
async def test_a_voucher_that_breaks_a_rule_of_vouchers_is_refused(world: ApiWorld, change, field):
    answer = await world.http.put("/v1/vouchers/HALF", json=a_voucher(**change))

    assert is_problem(answer, 422, "invalid_value")["errors"][0]["pointer"] == field
    assert (await world.catalogue.wallet(None, "HALF", "CNY", ())).voucher is None


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/vouchers/HALF", a_voucher(kind="gift"), "/kind"),
        ("/v1/vouchers/HALF", a_voucher(currency="XYZ"), "/currency"),
        ("/v1/vouchers/HALF", a_voucher(funder="nobody"), "/funder"),
        ("/v1/vouchers/HALF", a_voucher(uses=-1), "/uses"),
        ("/v1/vouchers/HALF", a_voucher(per_buyer_limit=0), "/per_buyer_limit"),
        ("/v1/vouchers/HALF", a_voucher(minimum=-1), "/minimum"),
        ("/v1/vouchers/HALF", a_voucher(cap=0), "/cap"),
        ("/v1/vouchers/HALF", a_voucher(skus=[]), "/skus"),
        ("/v1/vouchers/HALF", a_voucher(has_uses=True), "/has_uses"),
        ("/v1/vouchers/HALF", a_voucher(starts_at="2026-01-01"), "/starts_at"),
        (
            "/v1/vouchers/HALF",
            a_voucher(condition={"attribute": "shoe_size", "at_least": 9}),
            "/condition",
        ),
        ("/v1/vouchers/HALF", a_voucher(condition={"all": [{}]}), "/condition"),
        ("/v1/buyers/b", {"registered_at": "yesterday"}, "/registered_at"),
        ("/v1/buyers/b", {"registered_at": "0001-01-01T00:00:00+14:00"}, "/registered_at"),
        ("/v1/buyers/b", {}, "/registered_at"),
        ("/v1/buyers/b", {"registered_at": None, "total_orders": -1}, "/total_orders"),
        ("/v1/buyers/b", {"registered_at": None, "segments": ["x"] * 21}, "/segments"),
        ("/v1/buyers/b", {"registered_at": None, "segments": ["a b"]}, "/segments/0"),
        ("/v1/buyers/b", {"registered_at": None, "is_new": True}, "/is_new"),
        ("/v1/buyers/b/points", {"points": -1}, "/points"),
        ("/v1/buyers/b/points", {"points": 1.5}, "/points"),
        ("/v1/buyers/b/points", {"points": True}, "/points"),
        ("/v1/fee-rules/CNY", {"deduction_cap": 10_001}, "/deduction_cap"),
        ("/v1/fee-rules/CNY", {"handling": {"card": -1}}, "/handling/card"),
        ("/v1/fee-rules/CNY", {"handling": {"card": 1.5}}, "/handling/card"),
        ("/v1/fee-rules/CNY", {"selectors": {"item": "dearest"}}, "/selectors/item"),
        ("/v1/fee-rules/CNY", {"points": {"points": 0, "worth": 1}}, "/points/points"),
        ("/v1/fee-rules/CNY", {"services": [{"code": "x"}]}, "/services/0/label"),
        ("/v1/fee-rules/CNY", {"platform": {"amount": 2**63}}, "/platform/amount"),
        ("/v1/fee-rules/CNY", {"delivery": {}}, "/delivery"),
    ],
)
async def test_a_rule_that_is_not_as_documented_is_refused(world: ApiWorld, path, body, pointer):
    version = await world.catalogue.version()

    assert await refused_put(world, path, json.dumps(body)) == pointer
    assert await world.catalogue.version() == version


@pytest.mark.parametrize(
    "rules",
    [
        {"services": [{"code": "x", "label": "X"}] * 2},
        {"payment_discounts": [{"method": "card", "amount": 1}] * 2},
    ],
)
async def test_each_service_and_method_stands_once(world: ApiWorld, rules):
    is_problem(await world.http.put("/v1/fee-rules/CNY", json=rules), 422, "invalid_value")


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("currency", ["XYZ", "cny", "XXX", "C%00Y", "CNYY"])
async def test_fee_rules_are_of_a_currency_that_exists(world: ApiWorld, method, currency):
    answer = await world.http.request(method, f"/v1/fee-rules/{currency}", json={})

    assert answer.status_code in {404, 422}
    assert answer.json()["code"] in {"invalid_currency", "not_found"}


@pytest.mark.parametrize(
    "path", ["/v1/buyers/a%20b", "/v1/buyers/a%00", "/v1/buyers/b%C3%BC/points", f"/v1/vouchers/{'x' * 65}"]
)
async def test_what_cannot_be_an_id_is_not_found(world: ApiWorld, path):
    is_problem(await world.http.put(path, json={}), 404, "not_found")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("subject=weather", "/subject"),
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("before=0", "/before"),
        ("before=9223372036854775808", "/before"),
        ("before=x", "/before"),
        ("page=2", "/page"),
        ("limit=1&limit=2", "limit"),
        ("subject_id=%00", "/subject_id"),
    ],
)
async def test_the_log_is_asked_as_documented(world: ApiWorld, query, pointer):
    document = is_problem(await world.get(f"/v1/price-changes?{query}"), 422, "invalid_request")

    assert document["errors"][0]["pointer"] == pointer


async def test_a_time_before_the_calendar_is_refused_like_any_other(world: ApiWorld):
    condition = {"attribute": "registered_at", "at_least": "0001-01-01T00:00:00+14:00"}

    answer = await world.http.put("/v1/vouchers/HALF", json=a_voucher(condition=condition))

    is_problem(answer, 422, "invalid_request")
