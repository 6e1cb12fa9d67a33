"""What every catalogue promises of promotions, vouchers and points: kept, counted, and in the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import InvalidValueError
from domain.ports.catalogue import ChangeSubject, PromotionNotFoundError
from domain.pricing.documents import promotion_document, voucher_document
from domain.stock.allowance import Allowance
from tests.contract.price_log import a_new_name, log
from tests.support.offers import ANN, HOUR, MID_MAY, a_promotion, a_voucher, an_item, in_china, on_page
from tests.support.port_worlds import PortWorld

TEA = on_page(an_item("tea"))


@pytest.fixture
def name() -> str:
    """Of a promotion or voucher that no other test has used."""
    return a_new_name()


async def test_a_promotion_is_kept_and_counts_its_versions(world: PortWorld, name: str) -> None:
    first = a_promotion(name)
    await world.catalogue.put_promotion(first, {}, ANN)

    await world.catalogue.put_promotion(first, {}, ANN)
    await world.catalogue.put_promotion(replace(first, priority=1), {}, ANN)

    second = replace(first, priority=1, version=2)
    assert await world.catalogue.promotion(name) == second
    entries = await log(world, ChangeSubject.PROMOTION, name)
    assert [(entry.old, entry.new) for entry in entries] == [
        (promotion_document(first), promotion_document(second)),
        (None, promotion_document(first)),
    ]


async def test_a_promotion_that_nobody_put_is_not_found(world: PortWorld) -> None:
    assert await world.catalogue.promotion("unknown") is None
    with pytest.raises(PromotionNotFoundError):
        await world.catalogue.end_promotion("unknown", MID_MAY, ANN)


async def test_quotas_set_what_is_free_and_are_logged(world: PortWorld, name: str) -> None:
    counted = a_promotion(name, has_quota=True)

    await world.catalogue.put_promotion(counted, {"tea": 10, "cup": 5}, ANN)
    await world.catalogue.put_promotion(counted, {"tea": 10, "cup": 5}, ANN)
    await world.catalogue.put_promotion(counted, {"tea": 7}, ANN)

    free = [await world.stock.allowance(Allowance.of_promotion(name, sku)) for sku in ("tea", "cup")]
    assert [level.available for level in free if level] == [7, 0]
    quotas = [entry.new and entry.new["quotas"] for entry in await log(world, ChangeSubject.PROMOTION, name)]
    assert quotas == [{"tea": 7}, {"cup": 5, "tea": 10}]


async def test_a_promotion_without_a_quota_any_more_is_not_counted(world: PortWorld, name: str) -> None:
    await world.catalogue.put_promotion(a_promotion(name, has_quota=True), {"tea": 10}, ANN)

    await world.catalogue.put_promotion(a_promotion(name), {}, ANN)

    assert await world.stock.allowance(Allowance.of_promotion(name, "tea")) is None


async def test_quotas_belong_to_promotions_that_have_them_and_are_not_negative(
    world: PortWorld, name: str
) -> None:
    counted = a_promotion(name, has_quota=True)
    for promotion, quotas in ((counted, {}), (a_promotion(name), {"tea": 1}), (counted, {"tea": -1})):
        with pytest.raises(InvalidValueError):
            await world.catalogue.put_promotion(promotion, quotas, ANN)

    assert await world.catalogue.promotion(name) is None


async def test_an_ended_promotion_ends_then_and_its_quota_stays(world: PortWorld, name: str) -> None:
    counted = a_promotion(name, has_quota=True)
    await world.catalogue.put_promotion(counted, {"tea": 10}, ANN)

    await world.catalogue.end_promotion(name, MID_MAY, ANN)
    await world.catalogue.end_promotion(name, MID_MAY + HOUR, ANN)

    assert await world.catalogue.promotion(name) == replace(counted, ends_at=MID_MAY, version=2)
    assert len(await log(world, ChangeSubject.PROMOTION, name)) == 2
    level = await world.stock.allowance(Allowance.of_promotion(name, "tea"))
    assert level is not None
    assert level.available == 10


async def test_a_promotion_that_is_ended_before_its_start_never_begins(world: PortWorld, name: str) -> None:
    now = datetime.now(UTC)
    later = a_promotion(name, starts_at=now + 5 * HOUR, ends_at=now + 9 * HOUR)
    await world.catalogue.put_promotion(later, {}, ANN)

    await world.catalogue.end_promotion(name, now + 3 * HOUR, ANN)

    # Not even for an instant, which would be seen ten minutes ahead.
    instants = [now + part * HOUR / 12 for part in range(1, 120)]
    assert [await world.promotions.active([TEA], in_china(at), ()) for at in instants] == [()] * 119


async def test_a_voucher_is_logged_with_its_uses(world: PortWorld, name: str) -> None:
    free, counted = a_voucher(name), a_voucher(name, has_uses=True)
    for voucher, uses in ((free, None), (free, None), (counted, 5), (counted, 5), (counted, 3)):
        await world.catalogue.put_voucher(voucher, uses, ANN)

    level = await world.stock.allowance(Allowance.of_voucher(name))
    assert level is not None
    assert level.available == 3
    document = voucher_document(counted)
    assert [(entry.old, entry.new) for entry in await log(world, ChangeSubject.VOUCHER, name)] == [
        ({**document, "uses": 5}, {**document, "uses": 3}),
        (voucher_document(free), {**document, "uses": 5}),
        (None, voucher_document(free)),
    ]


async def test_a_voucher_without_a_count_any_more_may_be_used_for_ever(world: PortWorld, name: str) -> None:
    await world.catalogue.put_voucher(a_voucher(name, has_uses=True), 5, ANN)

    await world.catalogue.put_voucher(a_voucher(name), None, ANN)

    assert await world.stock.allowance(Allowance.of_voucher(name)) is None


async def test_uses_belong_to_vouchers_that_count_them_and_points_are_not_negative(world: PortWorld) -> None:
    counted = a_voucher(has_uses=True)
    for voucher, uses in ((counted, None), (a_voucher(), 1), (counted, -1)):
        with pytest.raises(InvalidValueError):
            await world.catalogue.put_voucher(voucher, uses, ANN)
    with pytest.raises(InvalidValueError):
        await world.catalogue.put_points("buyer-1", -1)
