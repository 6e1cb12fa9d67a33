"""The clock and the review: what is due takes effect once, whatever breaks in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from activities.proposal_desk import Act, ProposalDesk, Terms
from activities.proposals import AHEAD
from adapters.memory.events import MemoryEventStore
from adapters.memory.proposals import MemoryProposals
from domain.ports.catalogue import Author, ChangeSubject
from domain.ports.events import Appended, VersionConflictError
from domain.ports.intake import IdempotencyKeyReusedError
from domain.pricing.kinds import registry
from domain.review.draft import Window, promotion_id_of
from domain.review.errors import ProposalChangedError, ProposalNotFoundError
from domain.review.proposal import PriceProposal
from domain.review.status import ProposalStatus
from tests.support.builders import NOON
from tests.support.proposals import (
    DAY,
    HOUR,
    REVIEWER,
    WINDOW,
    WRITER,
    a_promotion,
    a_proposal,
    keep,
    some_prices,
)
from tests.support.reviewed_shop import A_MOMENT, END, START, ReviewedShop, a_reviewed_shop, approved

S = ProposalStatus


@pytest.fixture
async def shop() -> ReviewedShop:
    return await a_reviewed_shop()


async def test_a_price_holds_from_its_first_to_its_last_moment(shop: ReviewedShop):
    proposal = await shop.kept(approved())

    assert await shop.at(START - AHEAD - A_MOMENT) == 0
    assert await shop.at(START - AHEAD) == 1
    assert await shop.at(START) == 0

    assert [await shop.price(at) for at in (START - A_MOMENT, START, END - A_MOMENT, END)] == [
        1_000,
        800,
        800,
        1_000,
    ]
    assert (await shop.found(proposal)).status is S.ACTIVE
    assert await shop.at(END - A_MOMENT) == 0
    assert await shop.at(END) == 1
    assert (await shop.found(proposal)).status is S.EXPIRED


async def test_the_same_draft_again_is_the_first_and_another_under_its_id_is_refused(shop: ReviewedShop):
    wanted = Terms(WINDOW, some_prices().prices)
    first = await shop.desk.draft("prp_1", "shop-7", wanted, Act(WRITER, NOON, "draft"))

    again = await shop.desk.draft("prp_1", "shop-7", wanted, Act(WRITER, NOON + HOUR, "draft"))
    with pytest.raises(IdempotencyKeyReusedError):
        await shop.desk.draft(
            "prp_1", "shop-7", replace(wanted, comment="no, this"), Act(WRITER, NOON, "draft")
        )

    assert again == first
    assert await shop.found(first) == first


async def test_what_is_late_leaves_the_past_as_it_was(shop: ReviewedShop):
    proposal = await shop.kept(approved())

    await shop.at(START + HOUR)

    assert (await shop.found(proposal)).starts_at == START + HOUR
    assert await shop.price(START + HOUR - A_MOMENT) == 1_000
    assert await shop.price(START + HOUR) == 800


async def test_what_was_missed_altogether_expires_without_having_held(shop: ReviewedShop):
    proposal = await shop.kept(approved())
    before = await shop.written()

    assert await shop.at(END + HOUR) == 1

    assert (await shop.found(proposal)).status is S.EXPIRED
    assert await shop.written() == before


async def test_a_price_for_good_never_expires(shop: ReviewedShop):
    await shop.kept(approved(some_prices(window=Window(START, None))))

    assert await shop.at(START) == 1
    assert await shop.at(START + 1_000 * DAY) == 0
    assert await shop.price(START + 1_000 * DAY) == 800


async def test_a_promotion_ends_as_it_was_approved_even_if_it_was_prolonged(shop: ReviewedShop):
    proposal = await shop.kept(approved(a_promotion()))
    await shop.at(START)
    running = await shop.catalogue.promotion(promotion_id_of(proposal.id))
    assert running is not None
    assert (running.starts_at, running.ends_at) == (START, END)
    await shop.catalogue.put_promotion(replace(running, ends_at=END + 9 * DAY), {}, Author("eve"))

    await shop.at(END)

    ended = await shop.catalogue.promotion(running.id)
    assert ended is not None
    assert ended.ends_at == END
    newest = (await shop.catalogue.changes(ChangeSubject.PROMOTION, running.id, before=None, limit=1))[0]
    assert (newest.who, newest.why) == (REVIEWER, proposal.id)


async def test_a_promotion_that_nobody_can_find_any_more_expires_all_the_same(shop: ReviewedShop):
    proposal = await shop.kept(approved(a_promotion()).activated())

    assert await shop.at(END) == 1
    assert (await shop.found(proposal)).status is S.EXPIRED


class DiesBeforeTheEvent(MemoryProposals):
    """Loses its connection once, when the activation is to be recorded."""

    alive = True

    async def save(self, proposal: PriceProposal, *rest: Any) -> Appended:
        if self.alive and proposal.status is S.ACTIVE:
            self.alive = False
            raise ConnectionResetError
        return await super().save(proposal, *rest)


@pytest.mark.parametrize("content", [some_prices(), a_promotion(quotas={"mug": 5})])
async def test_a_crash_between_price_book_and_event_is_mended_by_a_repeat(shop: ReviewedShop, content):
    shop.keeps_proposals_in(DiesBeforeTheEvent(MemoryEventStore(lambda: shop.now)))
    proposal = await shop.kept(approved(content))
    with pytest.raises(ConnectionResetError):
        await shop.at(START)
    written = await shop.written()

    assert await shop.at(START) == 1

    assert await shop.written() == written
    assert (await shop.found(proposal)).starts_at == START


async def test_a_repeat_after_sales_began_does_not_give_the_quota_out_again(shop: ReviewedShop):
    shop.keeps_proposals_in(DiesBeforeTheEvent(MemoryEventStore(lambda: shop.now)))
    proposal = await shop.kept(approved(a_promotion(quotas={"mug": 5})))
    with pytest.raises(ConnectionResetError):
        await shop.at(START)
    promotion = await shop.catalogue.promotion(promotion_id_of(proposal.id))
    assert promotion is not None
    await shop.catalogue.put_promotion(promotion, {"mug": 2}, Author("buyers"))  # three were sold

    await shop.at(START + HOUR)

    assert await shop.free(proposal) == 2
    assert (await shop.found(proposal)).starts_at == START


async def test_a_promotion_put_ahead_can_still_be_wanted_sooner(shop: ReviewedShop):
    shop.keeps_proposals_in(DiesBeforeTheEvent(MemoryEventStore(lambda: shop.now)))
    proposal = await shop.kept(approved(a_promotion()))
    sooner = START - timedelta(seconds=30)
    with pytest.raises(ConnectionResetError):
        await shop.at(sooner)

    await shop.desk.activate(proposal.id, Act(REVIEWER, sooner, "now"))

    promotion = await shop.catalogue.promotion(promotion_id_of(proposal.id))
    assert promotion is not None
    assert promotion.starts_at == sooner


async def test_what_cannot_take_effect_is_reported_once_and_stops_nobody(shop: ReviewedShop):
    ghost = await shop.kept(approved(some_prices(sku="ghost"), "prp_ghost"))
    good = await shop.kept(approved(some_prices(), "prp_good"))

    assert await shop.at(START) == 1
    assert await shop.at(START) == 0

    assert (await shop.found(good)).status is S.ACTIVE
    assert (await shop.found(ghost)).status is S.APPROVED
    (alert,) = await shop.notices.alerts(10)
    assert (alert.code, alert.order_id) == ("proposal_stuck", "prp_ghost")
    assert ("status", "approved") in alert.facts


async def test_a_kind_that_this_release_does_not_know_is_reported(shop: ReviewedShop, monkeypatch):
    proposal = await shop.kept(approved(a_promotion()))
    monkeypatch.delitem(registry._kinds, "daily_price", raising=True)

    assert await shop.at(START) == 0

    (alert,) = await shop.notices.alerts(10)
    assert alert.order_id == proposal.id
    assert "unknown_promotion_kind" in dict(alert.facts)["error"]


async def test_somebody_who_was_first_is_no_trouble(shop: ReviewedShop):
    story = approved()
    proposal = await shop.kept(story)
    stale = shop.proposals.due

    async def as_before(*_: Any) -> list[PriceProposal]:
        return [proposal]

    await shop.desk.activate(proposal.id, Act(REVIEWER, START, "now"))
    shop.proposals.due = as_before  # type: ignore[method-assign,assignment]

    assert await shop.at(START) == 0
    assert await shop.notices.alerts(10) == ()
    assert await stale(START, START, 10) == ()


class Contested(MemoryProposals):
    """Somebody else is always a little faster, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__(MemoryEventStore())
        self.times = times

    async def save(self, proposal: PriceProposal, expected_version: int, *rest: Any) -> Appended:
        if expected_version and self.times:
            self.times -= 1
            raise VersionConflictError
        return await super().save(proposal, expected_version, *rest)


async def test_who_was_second_decides_again(shop: ReviewedShop):
    proposals = Contested(3)
    desk = ProposalDesk(proposals, shop.catalogue)
    proposal = await keep(proposals, a_proposal())

    assert (await desk.submit(proposal.id, Act(WRITER, NOON, "k"))).status is S.PENDING_REVIEW


async def test_nobody_tries_for_ever(shop: ReviewedShop):
    proposals = Contested(1_000)
    desk = ProposalDesk(proposals, shop.catalogue)
    proposal = await keep(proposals, a_proposal())

    with pytest.raises(ProposalChangedError):
        await desk.submit(proposal.id, Act(WRITER, NOON, "k"))
    assert proposals.times == 995


async def test_what_was_never_made_is_not_found(shop: ReviewedShop):
    act = Act(REVIEWER, NOON, "k")

    for call in (shop.desk.submit("prp_nobody", act), shop.desk.activate("prp_nobody", act)):
        with pytest.raises(ProposalNotFoundError):
            await call


async def test_a_sooner_start_that_was_broken_off_goes_on(shop: ReviewedShop):
    shop.keeps_proposals_in(DiesBeforeTheEvent(MemoryEventStore(lambda: shop.now)))
    proposal = await shop.kept(approved())
    sooner = NOON + 3 * HOUR
    act = Act(REVIEWER, sooner, "now", seen=proposal.version)
    with pytest.raises(ConnectionResetError):
        await shop.desk.activate(proposal.id, act)

    again = await shop.desk.activate(proposal.id, replace(act, at=sooner + HOUR / 60))

    assert again.status is S.ACTIVE
    assert await shop.price(sooner) == 800
    assert await shop.price(WINDOW.starts_at - HOUR) == 800


async def test_the_clock_alone_finishes_a_sooner_start(shop: ReviewedShop):
    shop.keeps_proposals_in(DiesBeforeTheEvent(MemoryEventStore(lambda: shop.now)))
    proposal = await shop.kept(approved())
    with pytest.raises(ConnectionResetError):
        await shop.desk.activate(proposal.id, Act(REVIEWER, NOON + 3 * HOUR, "now"))

    assert await shop.at(NOON + 3 * HOUR) == 1
    assert (await shop.found(proposal)).status is S.ACTIVE
