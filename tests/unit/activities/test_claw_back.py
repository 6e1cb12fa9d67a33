"""What a threshold that is not met any more costs a buyer who sends something back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from activities.after_sale import AfterSaleActivities
from activities.fulfilment_contracts import PriceWhatIsKept
from activities.price_reading import Ask, Sources
from domain.order.shipments import Units
from domain.pricing.promotion import UnknownPromotionKindError
from domain.pricing.request import RequestedLine, Scene, Wishes
from domain.pricing.snapshot import PriceSnapshot
from tests.support.builders import NOON
from tests.support.price_world import A_DAY, ANN, PriceWorld


class Sale:
    """A shop where an order of tea, 120.00 each, and cups, 40.00 each, was priced yesterday."""

    def __init__(self) -> None:
        self.world = PriceWorld()
        world = self.world
        self.after_sale = AfterSaleActivities(
            world.ledger,
            None,  # type: ignore[arg-type] # no shelf is touched
            world.snapshots,
            Sources(world.stores, world.stores),
            world.catalogue,
        )

    async def sells(self, tea: int = 2, cups: int = 1, voucher_code: str = "") -> PriceSnapshot:
        await self.world.sells("tea", 12_000)
        await self.world.sells("cup", 4_000)
        lines = (RequestedLine("tea", tea), RequestedLine("cup", cups))
        return await self.world.desk.quote(
            Ask(Scene.CHECKOUT, "CNY", lines, "buyer-1", Wishes(voucher_code=voucher_code)), NOON
        )

    async def loses(self, snapshot: PriceSnapshot, *kept: tuple[int, int]) -> int:
        asked = PriceWhatIsKept("ord_1", snapshot.id, tuple(Units(*units) for units in kept))
        lost = (await self.after_sale.price_what_is_kept(asked)).amount
        return lost.amount if lost else 0


@pytest.fixture
def sale() -> Sale:
    return Sale()


async def threshold(sale: Sale) -> None:
    await sale.world.promotes("shop_threshold", {"minimum": 20_000, "amount": 3_000})


async def test_goods_that_were_never_reduced_lose_nothing(sale: Sale) -> None:
    assert await sale.loses(await sale.sells(), (1, 1)) == 0


async def test_a_threshold_that_is_still_met_costs_nothing(sale: Sale) -> None:
    await threshold(sale)

    assert await sale.loses(await sale.sells(), (1, 2)) == 0


async def test_a_threshold_that_is_missed_costs_its_part_in_what_is_kept(sale: Sale) -> None:
    await threshold(sale)
    snapshot = await sale.sells()
    line_of_tea = -sum(
        dict(part.shares).get(1, 0) for part in snapshot.breakdown.components if part.source == "pro_1"
    )
    assert 2_500 < line_of_tea < 3_000

    assert await sale.loses(snapshot, (1, 1)) == (line_of_tea + 1) // 2


async def test_what_is_lost_depends_on_the_rules_of_the_sale_and_not_on_todays(sale: Sale) -> None:
    await threshold(sale)
    snapshot = await sale.sells()
    lost = await sale.loses(snapshot, (1, 1))
    sale.world.now = NOON + timedelta(days=30)
    await sale.world.sells("tea", 1)

    assert lost > 0
    assert await sale.loses(snapshot, (1, 1)) == lost


async def test_a_percentage_costs_nothing_whatever_is_kept(sale: Sale) -> None:
    await sale.world.promotes("flash_sale", fen=9_999)
    snapshot = await sale.sells(tea=3)

    assert [await sale.loses(snapshot, (1, units), (2, 1)) for units in (1, 2)] == [0, 0]


async def test_a_quota_that_is_used_up_meanwhile_costs_nothing(sale: Sale) -> None:
    promotion = await sale.world.promotes("flash_sale", fen=10_000, quota=3)
    snapshot = await sale.sells(tea=3)
    await sale.world.catalogue.put_promotion(promotion, {"tea": 0}, ANN)

    assert await sale.loses(snapshot, (1, 2), (2, 1)) == 0


async def test_a_voucher_with_a_minimum_is_a_threshold_too(sale: Sale) -> None:
    await sale.world.gives_voucher(2_800, minimum=25_000, uses=1)
    snapshot = await sale.sells(voucher_code="SPRING")
    assert snapshot.goods.amount == 28_000 - 2_800

    assert await sale.loses(snapshot, (1, 1)) == 1_200
    assert await sale.loses(snapshot, (1, 2), (2, 1)) == 0


async def test_an_offer_that_was_withdrawn_since_is_not_taken_back(sale: Sale) -> None:
    await threshold(sale)
    snapshot = await sale.sells()
    withdrawn = await sale.world.promotes(
        "shop_threshold",
        {"minimum": 20_000, "amount": 3_000},
        starts_at=NOON - 2 * A_DAY,
        ends_at=NOON - A_DAY,
        version=2,
    )
    assert not withdrawn.is_active(NOON)

    assert await sale.loses(snapshot, (1, 1)) == 0


async def test_a_snapshot_that_nobody_has_costs_nothing(sale: Sale) -> None:
    snapshot = await sale.sells()

    assert await sale.loses(replace(snapshot, id="snp_gone"), (1, 1)) == 0


async def test_a_sale_that_cannot_be_priced_again_costs_nothing(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    await threshold(sale)
    snapshot = await sale.sells()
    monkeypatch.setattr(sale.world.stores, "promotions_fail", UnknownPromotionKindError(kind="newer"))

    assert await sale.loses(snapshot, (1, 1)) == 0


async def test_a_server_that_is_away_is_asked_again_later(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    await threshold(sale)
    snapshot = await sale.sells()
    monkeypatch.setattr(sale.world.stores, "promotions_fail", ConnectionRefusedError())

    with pytest.raises(ConnectionRefusedError):
        await sale.loses(snapshot, (1, 1))
