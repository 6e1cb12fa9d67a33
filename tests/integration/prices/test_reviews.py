"""From a proposal to a quote on real servers: what was approved holds for its time, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from activities.price_desk import Ask, PriceDesk, Sources
from activities.proposal_desk import Act, ProposalDesk, Terms
from activities.proposals import ProposalActivities
from adapters.clock import RandomIds
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.pricing.request import RequestedLine, Scene
from domain.review.content import NewPrices
from domain.review.draft import Window
from domain.review.errors import OnlyPendingCanBeReviewedError, PromotionTypeExistsError
from domain.review.status import ProposalStatus
from tests.support.builders import cny
from tests.support.port_worlds import PortWorld, postgres_world
from tests.support.proposals import terms

HOUR = timedelta(hours=1)
# The price book keeps prices from the server's own now on, so that these stories begin at the real one.
TODAY = datetime.now(UTC).replace(microsecond=0)
WINDOW = Window(TODAY + HOUR, TODAY + 3 * HOUR)
A_MOMENT = timedelta(microseconds=1)


@dataclass
class Shop:
    """A mug of shop-7 at 10.00 CNY, its prices under review."""

    world: PortWorld
    desk: ProposalDesk
    prices: PriceDesk

    async def proposed(self, proposal_id: str, wanted: Terms) -> str:
        await self.desk.draft(proposal_id, "shop-7", wanted, Act("ann", TODAY, "draft"))
        await self.desk.submit(proposal_id, Act("ann", TODAY, "submit"))
        return proposal_id

    async def approved(self, proposal_id: str, wanted: Terms) -> str:
        await self.proposed(proposal_id, wanted)
        await self.desk.approve(proposal_id, "fine", Act("bob", TODAY, "approve"))
        return proposal_id

    async def clock_strikes(self, now: datetime) -> int:
        reviews = ProposalActivities(self.world.proposals, self.desk, self.world.notices)
        return await reviews.advance_proposals(now)

    async def quoted(self, now: datetime) -> int:
        ask = Ask(Scene.CHECKOUT, "CNY", (RequestedLine("mug", 1),), "buyer-1")
        return (await self.prices.quote(ask, now)).total.amount

    async def status(self, proposal_id: str) -> ProposalStatus:
        found = await self.world.proposals.get(proposal_id)
        assert found is not None
        return found.status


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    async with postgres_world(fresh_database) as world:
        price = BasePrice(cny(1_200), cny(1_000))
        await world.catalogue.put_items(
            [CatalogueItem("mug", "shop-7", "Mug", Category.VIRTUAL, (price,), 100)]
        )
        stores = Sources(world.prices, world.promotions)
        prices = PriceDesk(
            stores=stores,
            shown=stores,
            wallets=world.wallets,
            stock=world.stock,
            snapshots=world.snapshots,
            ids=RandomIds(),
        )
        yield Shop(world, ProposalDesk(world.proposals, world.catalogue), prices)


CHEAPER = Terms(WINDOW, prices=NewPrices("mug", (BasePrice(cny(1_200), cny(800)),)))
PROMOTED = Terms(WINDOW, promotion=terms(), quotas={"mug": 3})


@pytest.mark.parametrize(("wanted", "price"), [(CHEAPER, 800), (PROMOTED, 700)], ids=["price", "promotion"])
async def test_a_quote_sees_an_approved_price_for_its_time_only(shop: Shop, wanted: Terms, price: int):
    proposal = await shop.approved("prp_1", wanted)
    assert await shop.clock_strikes(TODAY) == 0
    assert await shop.quoted(WINDOW.starts_at) == 1_000

    assert await shop.clock_strikes(WINDOW.starts_at - timedelta(seconds=3)) == 1
    assert await shop.status(proposal) is ProposalStatus.ACTIVE
    assert WINDOW.ends_at is not None
    around = (WINDOW.starts_at - A_MOMENT, WINDOW.starts_at, WINDOW.ends_at - A_MOMENT, WINDOW.ends_at)
    assert [await shop.quoted(at) for at in around] == [1_000, price, price, 1_000]

    assert await shop.clock_strikes(WINDOW.ends_at) == 1
    assert await shop.status(proposal) is ProposalStatus.EXPIRED
    assert await shop.quoted(WINDOW.ends_at + HOUR) == 1_000
    assert await shop.clock_strikes(WINDOW.ends_at + HOUR) == 0


async def test_what_was_not_approved_never_reaches_a_quote(shop: Shop):
    pending = await shop.proposed("prp_pending", CHEAPER)
    rejected = await shop.proposed("prp_rejected", CHEAPER)
    await shop.desk.reject(rejected, "below cost", Act("bob", TODAY, "reject"))

    assert await shop.clock_strikes(WINDOW.starts_at) == 0

    assert await shop.quoted(WINDOW.starts_at) == 1_000
    assert await shop.status(pending) is ProposalStatus.PENDING_REVIEW


async def test_of_two_reviewers_at_once_one_wins_and_the_other_hears_why(shop: Shop):
    for round_ in range(8):
        proposal = await shop.proposed(f"prp_{round_}", CHEAPER)

        answers = await asyncio.gather(
            shop.desk.approve(proposal, "fine", Act("bob", TODAY, "b")),
            shop.desk.reject(proposal, "no", Act("eve", TODAY, "e")),
            return_exceptions=True,
        )

        (refused,) = [answer for answer in answers if isinstance(answer, BaseException)]
        assert isinstance(refused, OnlyPendingCanBeReviewedError)
        assert refused.facts["current"] == await shop.status(proposal)
        assert len(await shop.world.proposals.events(proposal)) == 3


async def test_of_two_clocks_at_once_each_proposal_is_moved_once(shop: Shop):
    names = [await shop.approved(f"prp_{number}", CHEAPER) for number in range(5)]

    await asyncio.gather(*(shop.clock_strikes(WINDOW.starts_at) for _ in range(3)))

    for name in names:
        assert await shop.status(name) is ProposalStatus.ACTIVE
        assert len(await shop.world.proposals.events(name)) == 4
    assert await shop.world.notices.alerts(10) == ()


async def test_two_of_a_kind_cannot_be_under_review_at_once(shop: Shop):
    await shop.approved("prp_1", PROMOTED)
    await shop.desk.draft("prp_2", "shop-7", PROMOTED, Act("ann", TODAY, "draft"))

    with pytest.raises(PromotionTypeExistsError):
        await shop.desk.submit("prp_2", Act("ann", TODAY, "submit"))


# Keeps whoever has looked for rivals from committing for a while, so that the others could overlook it.
SLOWLY = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$;
CREATE TRIGGER slowly BEFORE INSERT OR UPDATE ON price_proposals
    FOR EACH ROW WHEN (NEW.status = 'pending_review') EXECUTE FUNCTION slowly();
"""


async def test_of_many_rivals_at_the_same_moment_one_gets_through(shop: Shop):
    names = [f"prp_{number}" for number in range(5)]
    for name in names:
        await shop.desk.draft(name, "shop-7", PROMOTED, Act("ann", TODAY, "draft"))
    assert shop.world.pool is not None
    await shop.world.pool.execute(SLOWLY)

    answers = await asyncio.gather(
        *(shop.desk.submit(name, Act("ann", TODAY, "submit")) for name in names), return_exceptions=True
    )

    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(refused) == 4
    assert {type(error) for error in refused} == {PromotionTypeExistsError}


async def test_wanted_sooner_it_holds_from_that_moment(shop: Shop):
    proposal = await shop.approved("prp_1", PROMOTED)
    sooner = TODAY + HOUR / 2

    await shop.desk.activate(proposal, Act("bob", sooner, "now"))

    assert [await shop.quoted(at) for at in (sooner - A_MOMENT, sooner)] == [1_000, 700]
    assert await shop.clock_strikes(WINDOW.starts_at) == 0
