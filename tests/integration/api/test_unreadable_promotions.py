"""Promotions that cannot be read, over HTTP and a real workflow: pages go on, no charge is guessed (B39)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.postgres.pool import open_pool
from adapters.settings import Settings
from domain.pricing.breakdown import Funder
from domain.pricing.documents import promotion_document
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from tests.integration.api.conftest import RealApi, api_of
from tests.integration.api.price_stage import Stage, now

_UNREADABLE = """
INSERT INTO promotions (id, name, kind, currency, merchant_id, skus, segments, starts_at, ends_at, version,
    document)
VALUES ($1, 'From the future', 'mystery', 'CNY', 'm-stage', ARRAY[$2], '{}', $3, $4, 1, $5)
"""
# What every writer of prices does, so that caches notice.
_NOTICED = "UPDATE price_book_version SET version = version + 1"


@pytest.fixture
async def stage(real_api: RealApi) -> Stage:
    stage = Stage(real_api)
    await stage.sells()
    return stage


@asynccontextmanager
async def what_another_release_wrote(database_url: str, sku: str, **written: Any) -> AsyncIterator[None]:
    """While the block runs, a promotion on this item is stored that this release cannot read."""
    pool = await open_pool(database_url, application="test", largest=1)
    begins, ends = now() - timedelta(days=1), now() + timedelta(days=1)
    rule = rule_of("flash_sale", {"prices": {sku: 5_000}})
    promotion = Promotion(
        f"pro_{uuid4().hex}",
        "From the future",
        "flash_sale",
        rule,
        "CNY",
        begins,
        ends,
        Funder.MERCHANT,
        "m-stage",
        frozenset({sku}),
    )
    document = {**promotion_document(promotion), **(written or {"kind": "mystery"})}
    try:
        await pool.execute(_UNREADABLE, promotion.id, sku, begins, ends, document)
        await pool.execute(_NOTICED)
        yield
    finally:
        await pool.execute("DELETE FROM promotions WHERE id = $1", promotion.id)
        await pool.execute(_NOTICED)
        await pool.close()


@pytest.mark.parametrize("written", [{"kind": "mystery"}, {"weather": "sunny"}, {"priority": "high"}])
async def test_a_page_goes_on_with_base_prices_and_a_quote_is_refused_for_a_while(
    stage: Stage, database_url: str, written: dict[str, Any]
) -> None:
    await stage.flash()

    async with what_another_release_wrote(database_url, stage.sku, **written):
        shown = await stage.quote_until(lambda view: view["degraded"], scene="display")
        body = {
            "scene": "checkout",
            "currency": "CNY",
            "buyer_id": stage.buyer_id,
            "lines": [{"sku": stage.sku, "quantity": 1}],
        }
        refused = await stage.api.http.post("/v1/quotes", json=body)
        ordered = await stage.orders(shown)

    assert shown["total"]["amount"] == 12_000
    assert (refused.status_code, refused.json()["code"]) == (503, "prices_temporarily_unavailable")
    assert "retry-after" in refused.headers
    assert (ordered.status_code, ordered.json()["code"]) == (422, "not_a_final_price")
    again = await stage.quote_until(lambda view: not view["degraded"], scene="display")
    assert again["total"]["amount"] == 10_000


async def test_a_valid_price_is_charged_although_today_cannot_be_read(
    stage: Stage, database_url: str
) -> None:
    await stage.flash()
    quote = await stage.quote()

    async with what_another_release_wrote(database_url, stage.sku):
        placed = await stage.placed(quote)

    assert placed["order"]["total"]["amount"] == 10_000
    history = await stage.api.http.get(f"/v1/orders/{placed['order']['id']}/prices")
    assert [entry["verdict"] for entry in history.json()["items"]] == ["honoured"]


async def test_an_order_by_an_expired_price_is_accepted_and_waits_until_prices_can_be_read(
    real_api: RealApi, stage: Stage, values: dict[str, Any], database_url: str
) -> None:
    quote = await stage.aged(await stage.quote(), left=-timedelta(seconds=1))
    hasty = Settings(_env_file=None, **{**values, "first_answer_seconds": 0.5})

    async with api_of(hasty, real_api.gateway) as api:
        impatient = replace(stage, api=api)
        async with what_another_release_wrote(database_url, stage.sku):
            accepted = await impatient.orders(quote)
            assert accepted.status_code == 202, accepted.text
        order_id = accepted.json()["order_id"]

        async with asyncio.timeout(20):
            # Nobody announces that prices can be read again.
            while (found := await api.http.get(f"/v1/orders/{order_id}")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    assert found.json()["total"]["amount"] == 12_000
