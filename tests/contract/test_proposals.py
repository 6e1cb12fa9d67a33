"""What every store of proposals promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import InvalidValueError
from domain.ports.events import CommandKeyReusedError, VersionConflictError
from domain.ports.proposals import ProposalFilter, Proposals
from domain.review import decide, take_effect
from domain.review.content import Content
from domain.review.draft import Window
from domain.review.encoding import decode
from domain.review.errors import PromotionTypeExistsError
from domain.review.events import ProposalApproved, ProposalRejected
from domain.review.proposal import PriceProposal, fold
from domain.review.status import ProposalStatus
from tests.support.builders import NOON
from tests.support.port_worlds import PortWorld
from tests.support.proposals import (
    DAY,
    HOUR,
    REVIEWER,
    WINDOW,
    WRITER,
    ProposalStory,
    a_command,
    a_promotion,
    a_proposal,
    keep,
    some_prices,
)

_numbers = count(1)
# Events outlive a test, so that every run has ids of its own.
_RUN = uuid4().hex[:12]


@pytest.fixture
def proposals(world: PortWorld) -> Proposals:
    return world.proposals


def a_new(content: Content | None = None, **changes: Any) -> ProposalStory:
    return a_proposal(content, proposal_id=f"prp_{_RUN}{next(_numbers):06}", **changes)


def claiming(
    kind: str = "daily_price",
    skus: tuple[str, ...] | None = ("mug",),
    window: Window = WINDOW,
    merchant_id: str | None = "shop-7",
) -> ProposalStory:
    """A promotion that waits for review."""
    name = f"prp_{_RUN}{next(_numbers):06}"
    terms: dict[str, Any] = {"kind": kind, "skus": skus, "merchant_id": merchant_id, "window": window}
    return a_proposal(a_promotion(name, **terms), proposal_id=name, merchant_id=merchant_id).submitted()


async def test_what_was_saved_is_found_with_its_events(proposals: Proposals):
    story = a_new(some_prices(850)).edited(some_prices(820)).submitted()

    await keep(proposals, story)

    assert await proposals.get(story.proposal.id) == story.proposal
    stored = await proposals.events(story.proposal.id)
    assert fold(decode(event) for event in stored) == story.proposal
    assert [event.version for event in stored] == [1, 2, 3]
    assert {event.stream_id for event in stored} == {f"price:{story.proposal.id}"}
    assert (stored[0].metadata.actor, stored[0].metadata.correlation_id) == (WRITER, "req_1")
    assert [event.version for event in await proposals.events(story.proposal.id, after=1, limit=1)] == [2]


async def test_a_promotion_with_quotas_is_found_as_it_was(proposals: Proposals):
    for content in (a_promotion(quotas={"mug": 5}), a_promotion(skus=None)):
        story = a_new(content)

        await keep(proposals, story)

        assert await proposals.get(story.proposal.id) == story.proposal


async def test_nobody_knows_what_was_never_saved(proposals: Proposals):
    assert await proposals.get("prp_nobody") is None
    assert await proposals.events("prp_nobody") == ()


async def test_a_repeat_with_the_same_key_changes_nothing(proposals: Proposals):
    story = a_new()
    first = await proposals.save(story.proposal, 0, story.events, a_command("k"))
    again = await proposals.save(story.proposal, 0, story.events, a_command("k"))
    submitted = story.submitted().proposal
    await proposals.save(submitted, 1, story.events[1:], a_command("k2"))
    late = await proposals.save(fold(story.events[:1]), 0, story.events[:1], a_command("k"))

    assert (first.repeated, again.repeated, late.repeated) == (False, True, True)
    assert await proposals.get(submitted.id) == submitted
    with pytest.raises(CommandKeyReusedError):
        await proposals.save(submitted, 1, story.events[1:], a_command("k"))


async def test_of_two_reviewers_at_once_one_wins(proposals: Proposals):
    pending = await keep(proposals, a_new().submitted())
    at = pending.updated_at + HOUR
    verdicts: tuple[ProposalApproved | ProposalRejected, ...] = (
        decide.approve(pending, REVIEWER, "fine", at),
        decide.reject(pending, "eve", "no", at),
        decide.approve(pending, "zoe", "fine", at),
    )

    answers = await asyncio.gather(
        *(proposals.save(pending.apply(v), 2, [v], a_command(v.by, v.by)) for v in verdicts),
        return_exceptions=True,
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["Appended", *["VersionConflictError"] * 2]
    winner = next(v for v, answer in zip(verdicts, answers, strict=True) if not isinstance(answer, Exception))
    assert await proposals.get(pending.id) == pending.apply(winner)
    assert len(await proposals.events(pending.id)) == 3


async def test_a_stale_version_writes_neither_event_nor_row(proposals: Proposals):
    draft = await keep(proposals, a_new())
    event = decide.submit(draft, WRITER, NOON + HOUR)

    for stale in (0, 2):
        with pytest.raises(VersionConflictError):
            await proposals.save(draft.apply(event), stale, [event], a_command(f"stale-{stale}"))

    assert await proposals.get(draft.id) == draft
    assert len(await proposals.events(draft.id)) == 1


RIVALS: dict[str, Callable[[], ProposalStory]] = {
    "the same goods at the same time": claiming,
    "all goods of the merchant": lambda: claiming(skus=None),
    "one of several goods": lambda: claiming(skus=("cup", "mug")),
    "ending a moment after it begins": lambda: claiming(
        window=Window(NOON, WINDOW.starts_at + timedelta(microseconds=1))
    ),
}
COMPATIBLE: dict[str, Callable[[], ProposalStory]] = {
    "another kind": lambda: claiming(kind="flash_sale"),
    "other goods": lambda: claiming(skus=("cup",)),
    "another merchant": lambda: claiming(merchant_id="shop-8"),
    "the platform": lambda: claiming(merchant_id=None),
    "ending when it begins": lambda: claiming(window=Window(NOON, WINDOW.starts_at)),
    "beginning when it ends": lambda: claiming(window=Window(WINDOW.ends_at or NOON, NOON + 9 * DAY)),
}


@pytest.mark.parametrize("rival", RIVALS)
async def test_a_second_promotion_of_a_kind_for_the_same_goods_is_refused(proposals: Proposals, rival):
    first = await keep(proposals, claiming())
    second = RIVALS[rival]()
    draft = await keep(proposals, _as_draft(second))

    with pytest.raises(PromotionTypeExistsError) as caught:
        await proposals.save(second.proposal, 1, second.events[1:], a_command("submit"))

    assert caught.value.facts == {"kind": "daily_price", "proposal_id": first.id}
    assert await proposals.get(draft.id) == draft
    assert len(await proposals.events(draft.id)) == 1


@pytest.mark.parametrize("other", COMPATIBLE)
async def test_promotions_that_do_not_meet_stand_side_by_side(proposals: Proposals, other):
    await keep(proposals, claiming())

    second = await keep(proposals, COMPATIBLE[other]())

    assert await proposals.get(second.id) == second


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
async def test_a_promotion_that_was_given_up_is_in_nobodys_way(proposals: Proposals, end):
    await keep(proposals, getattr(claiming(), end)())

    await keep(proposals, claiming())


@pytest.mark.parametrize("state", ["approved", "active"])
async def test_what_was_approved_keeps_others_out(proposals: Proposals, state):
    story = claiming().approved()
    await keep(proposals, story if state == "approved" else story.activated())

    with pytest.raises(PromotionTypeExistsError):
        await keep(proposals, claiming())


async def test_what_has_expired_keeps_nobody_out(proposals: Proposals):
    await keep(proposals, claiming().approved().activated().expired())

    await keep(proposals, claiming())


async def test_a_sooner_start_meets_what_was_there_before(proposals: Proposals):
    soon = Window(NOON + 2 * HOUR, WINDOW.starts_at)
    first = await keep(proposals, claiming(window=soon))
    later = await keep(proposals, claiming().approved())
    event = take_effect.bring_forward(later, REVIEWER, NOON + 3 * HOUR)

    with pytest.raises(PromotionTypeExistsError) as caught:
        await proposals.save(later.apply(event), later.version, [event], a_command("sooner"))

    assert caught.value.facts["proposal_id"] == first.id
    assert await proposals.get(later.id) == later


async def test_of_many_rivals_at_once_one_gets_through(proposals: Proposals):
    stories = [claiming(skus=("mug", f"cup-{number}")) for number in range(6)]
    for story in stories:
        await keep(proposals, _as_draft(story))

    answers = await asyncio.gather(
        *(proposals.save(s.proposal, 1, s.events[1:], a_command("submit")) for s in stories),
        return_exceptions=True,
    )

    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(refused) == 5
    assert all(isinstance(error, PromotionTypeExistsError) for error in refused)


async def test_prices_have_no_rivals(proposals: Proposals):
    for _ in range(2):
        await keep(proposals, a_new().submitted())


async def test_lists_are_newest_first_in_pages_and_narrowed(proposals: Proposals):
    stories = [a_new(at=NOON + timedelta(minutes=number // 2)) for number in range(5)]
    stories.append(a_new(merchant_id=None, at=NOON).submitted())
    for story in stories:
        await keep(proposals, story)
    ordered = sorted((s.proposal for s in stories), key=lambda p: (-p.created_at.timestamp(), p.id))

    seen: list[PriceProposal] = []
    cursor = None
    while True:
        page = await proposals.list(ProposalFilter(), cursor, 2)
        assert len(page.proposals) <= 2
        seen += page.proposals
        cursor = page.next
        if cursor is None:
            break

    assert seen == ordered
    pending = await proposals.list(ProposalFilter(status=ProposalStatus.PENDING_REVIEW))
    assert [p.id for p in pending.proposals] == [stories[-1].proposal.id]
    own = await proposals.list(ProposalFilter(merchant_id="shop-7"))
    assert len(own.proposals) == 5
    assert (await proposals.list(ProposalFilter(merchant_id="shop-8"))).proposals == ()
    for limit in (0, 101):
        with pytest.raises(InvalidValueError):
            await proposals.list(ProposalFilter(), None, limit)


async def test_due_is_what_starts_and_what_has_ended(proposals: Proposals):
    at = NOON + 10 * DAY
    starts = await keep(proposals, a_new(some_prices(window=Window(at, at + DAY))).submitted().approved())
    later = Window(at + HOUR, at + DAY)
    await keep(proposals, a_new(some_prices(window=later)).submitted().approved())
    ended = Window(NOON + DAY, at)
    active = await keep(proposals, a_new(some_prices(window=ended)).submitted().approved().activated())
    missed = await keep(proposals, a_new(some_prices(window=ended)).submitted().approved())
    await keep(proposals, a_new(some_prices(window=Window(NOON, None))).submitted().approved().activated())
    await keep(proposals, a_new(some_prices(window=ended)).submitted())
    await keep(proposals, a_new(some_prices(window=ended)).submitted().rejected())

    due = await proposals.due(at, at, 10)

    assert {p.id for p in due} == {starts.id, active.id, missed.id}
    assert [p.id for p in due][-1] == starts.id
    a_moment = timedelta(microseconds=1)
    assert await proposals.due(at - a_moment, at - a_moment, 10) == (missed,)
    assert len(await proposals.due(at, at, 2)) == 2


def _as_draft(story: ProposalStory) -> ProposalStory:
    draft = a_proposal(
        story.proposal.content, proposal_id=story.proposal.id, merchant_id=story.proposal.merchant_id
    )
    assert draft.events == story.events[:1]
    return draft
