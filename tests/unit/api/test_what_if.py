"""POST /v1/quotes with another moment or a draft promotion: what a price would be, and nothing kept."""

from __future__ import annotations

import pytest

from api.schemas.quotes import QuoteView
from domain.pricing.promotion import UnknownPromotionKindError
from tests.support.api_world import LINES, ApiWorld, api_world
from tests.support.builders import NOON
from tests.support.price_api import HOUR, promotes, yuan
from tests.support.problems import is_problem

DRAFT = {
    "name": "Half price",
    "kind": "flash_sale",
    "terms": {"prices": {"mug": 500}},
    "currency": "CNY",
    "starts_at": "2026-01-01T00:00:00Z",
    "ends_at": "2026-02-01T00:00:00Z",
    "funder": "merchant",
    "merchant_id": "shop-7",
}
ASKED = {"scene": "checkout", "currency": "CNY", "buyer_id": "buyer-1", "lines": LINES}


async def test_a_moment_of_the_future_tells_the_price_of_then_and_keeps_nothing(world: ApiWorld):
    await promotes(world, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)

    answer = await world.http.post("/v1/quotes", json={**ASKED, "at": "2026-01-05T13:00:00Z"})

    then = answer.json()
    assert answer.status_code == 200
    assert (then["id"], then["expires_at"], then["what_if"], then["links"]) == (None, None, True, {})
    assert then["created_at"] == "2026-01-05T13:00:00.000Z"
    assert then["lines"][0]["unit_price"] == yuan(800)
    assert "location" not in answer.headers
    assert world.snapshots._snapshots == {}
    assert (await world.quote())["lines"][0]["unit_price"] == yuan(1_000)
    QuoteView.model_validate_json(answer.content)


@pytest.mark.parametrize(
    ("at", "unit"),
    [
        ("2026-01-05T12:59:59.999Z", 1_000),
        ("2026-01-05T13:00:00Z", 800),
        ("2026-01-05T21:59:59.999+08:00", 800),
        ("2026-01-05T14:00:00Z", 1_000),
    ],
)
async def test_a_promotion_counts_from_its_start_until_just_before_its_end(world: ApiWorld, at, unit):
    await promotes(world, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)

    answer = await world.http.post("/v1/quotes", json={**ASKED, "at": at})

    assert answer.json()["lines"][0]["unit_price"] == yuan(unit)


async def test_a_draft_promotion_is_tried_out_and_not_stored(world: ApiWorld):
    answer = await world.http.post("/v1/quotes", json={**ASKED, "draft_promotion": DRAFT})

    assert (answer.status_code, answer.json()["id"]) == (200, None)
    assert answer.json()["lines"][0]["unit_price"] == yuan(500)
    assert world.snapshots._snapshots == {}
    assert (await world.quote())["lines"][0]["unit_price"] == yuan(1_000)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"funder": "buyer"}, "/draft_promotion/funder"),
        ({"ends_at": "2025-01-01T00:00:00Z"}, "/draft_promotion/ends_at"),
        ({"terms": {"prices": {}}}, "/draft_promotion/terms/prices"),
        ({"terms": {"prices": {"mug": 5.5}}}, "/draft_promotion/terms/prices/mug"),
        ({"terms": {"prices": {"mug": -1}}}, "/draft_promotion/terms/prices/mug"),
        ({"currency": "USD"}, "/draft_promotion/currency"),
        ({"surprise": 1}, "/draft_promotion/surprise"),
        ({"condition": {"attribute": "shoe_size", "at_least": 9}}, "/draft_promotion/condition"),
    ],
)
async def test_a_draft_that_breaks_a_rule_is_refused_with_the_place(world: ApiWorld, change, pointer):
    answer = await world.http.post("/v1/quotes", json={**ASKED, "draft_promotion": {**DRAFT, **change}})

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == pointer


async def test_a_kind_that_nobody_has_written_is_refused(world: ApiWorld):
    draft = {**DRAFT, "kind": "raffle"}

    is_problem(
        await world.http.post("/v1/quotes", json={**ASKED, "draft_promotion": draft}),
        422,
        UnknownPromotionKindError.code,
    )


async def test_only_merchants_and_operators_try_out_drafts_and_merchants_their_own():
    keys = "caller:c-key,merchant@shop-7:own-key,merchant@shop-8:other-key,operator:o-key"
    async with api_world(ApiWorld(api_keys=keys)) as world:

        async def tries(key: str, **changes: object):
            draft = {**DRAFT, **changes}
            return await world.http.post(
                "/v1/quotes",
                json={**ASKED, "draft_promotion": draft},
                headers={"Authorization": f"Bearer {key}"},
            )

        is_problem(await tries("c-key"), 403, "wrong_scope")
        is_problem(await tries("other-key"), 404, "merchant_not_found")
        is_problem(await tries("own-key", merchant_id=None), 404, "merchant_not_found")
        assert (await tries("own-key")).status_code == 200
        assert (await tries("o-key", merchant_id=None)).status_code == 200


async def test_a_merchants_key_asks_what_would_be_but_quotes_nothing():
    async with api_world(ApiWorld(api_keys="merchant@shop-7:own-key")) as world:
        world.http.headers["Authorization"] = "Bearer own-key"

        would_be = await world.http.post("/v1/quotes", json={**ASKED, "at": "2026-01-05T13:00:00Z"})
        quote = await world.http.post("/v1/quotes", json=ASKED)

        assert would_be.status_code == 200
        assert is_problem(quote, 403, "wrong_scope")["needed"] == ["caller"]
        assert world.snapshots._snapshots == {}


async def test_a_time_before_the_calendar_is_refused_like_any_other(world: ApiWorld):
    draft = {**DRAFT, "starts_at": "0001-01-01T00:00:00+14:00"}

    answer = await world.http.post("/v1/quotes", json={**ASKED, "draft_promotion": draft})

    is_problem(answer, 422, "invalid_request")
