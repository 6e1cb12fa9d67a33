"""The review's table of states: every arrow can be walked, no other can, by commands or by events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.errors import DomainError, InvalidStateTransitionError
from domain.order.errors import IllegalEventError
from domain.review import decide, take_effect
from domain.review.draft import edit_proposal
from domain.review.errors import (
    OnlyApprovedCanBeActivatedError,
    OnlyDraftCanBeEditedError,
    OnlyDraftCanBeSubmittedError,
    OnlyOpenCanBeWithdrawnError,
    OnlyPendingCanBeReviewedError,
    ProposalOutdatedError,
    SubmitterCannotApproveError,
)
from domain.review.events import ProposalEvent, moment_of
from domain.review.proposal import PriceProposal, fold
from domain.review.status import TRANSITIONS, ProposalStatus
from tests.support.builders import NOON
from tests.support.proposals import DAY, HOUR, REVIEWER, WRITER, ProposalStory, a_proposal, some_prices

S = ProposalStatus
LATE = NOON + 3 * DAY
IN: dict[ProposalStatus, Any] = {
    S.DRAFT: a_proposal,
    S.PENDING_REVIEW: lambda: a_proposal().submitted(),
    S.APPROVED: lambda: a_proposal().submitted().approved(),
    S.REJECTED: lambda: a_proposal().submitted().rejected(),
    S.ACTIVE: lambda: a_proposal().submitted().approved().activated(),
    S.EXPIRED: lambda: a_proposal().submitted().approved().activated().expired(),
    S.WITHDRAWN: lambda: a_proposal().withdrawn(),
}
Walk = Any
TO: dict[ProposalStatus, Walk] = {
    S.PENDING_REVIEW: lambda p, at: decide.submit(p, WRITER, at),
    S.APPROVED: lambda p, at: decide.approve(p, REVIEWER, "", at),
    S.REJECTED: lambda p, at: decide.reject(p, REVIEWER, "no", at),
    S.WITHDRAWN: lambda p, at: decide.withdraw(p, WRITER, "", at),
    S.ACTIVE: lambda p, at: take_effect.activate(p, REVIEWER, at),
    S.EXPIRED: lambda p, _at: take_effect.expire(p, REVIEWER, LATE),
}
REFUSALS = {
    S.PENDING_REVIEW: OnlyDraftCanBeSubmittedError,
    S.APPROVED: OnlyPendingCanBeReviewedError,
    S.REJECTED: OnlyPendingCanBeReviewedError,
    S.ACTIVE: OnlyApprovedCanBeActivatedError,
    S.WITHDRAWN: OnlyOpenCanBeWithdrawnError,
    S.EXPIRED: InvalidStateTransitionError,
}


@pytest.mark.parametrize("wanted", TO)
@pytest.mark.parametrize("current", S)
def test_exactly_the_arrows_of_the_table_can_be_walked(current, wanted):
    proposal = IN[current]().proposal

    if wanted in TRANSITIONS[current]:
        assert proposal.apply(TO[wanted](proposal, NOON + 5 * HOUR)).status is wanted
        return
    with pytest.raises(REFUSALS[wanted]) as caught:
        TO[wanted](proposal, NOON + 5 * HOUR)
    assert type(caught.value) is REFUSALS[wanted]
    assert caught.value.facts == {"current": current.value, "wanted": wanted.value}


def test_nothing_leads_back_to_draft_or_out_of_an_end():
    assert not any(S.DRAFT in wanted for wanted in TRANSITIONS.values())
    ends = {state for state, wanted in TRANSITIONS.items() if not wanted}
    assert ends == {S.REJECTED, S.EXPIRED, S.WITHDRAWN}


@pytest.mark.parametrize("current", [state for state in S if state is not S.DRAFT])
def test_only_a_draft_can_be_edited(current):
    proposal = IN[current]().proposal

    with pytest.raises(OnlyDraftCanBeEditedError):
        edit_proposal(proposal, some_prices(700), "", by=WRITER, at=NOON)


@pytest.mark.parametrize("current", [state for state in S if state is not S.APPROVED])
def test_only_what_is_approved_can_be_brought_forward(current):
    with pytest.raises(OnlyApprovedCanBeActivatedError):
        take_effect.bring_forward(IN[current]().proposal, REVIEWER, NOON)


def test_a_stream_must_begin_with_a_draft():
    story = a_proposal().submitted()

    with pytest.raises(IllegalEventError):
        fold(story.events[1:])
    with pytest.raises(IllegalEventError):
        fold([])
    with pytest.raises(IllegalEventError):
        fold([story.events[0], story.events[0]])


def test_a_damaged_stream_is_refused_at_replay():
    edited, submitted = a_proposal().edited(some_prices(900)), a_proposal().submitted()

    with pytest.raises(OnlyDraftCanBeEditedError):
        fold([*submitted.events, edited.events[-1]])
    with pytest.raises(OnlyDraftCanBeSubmittedError):
        fold([*submitted.events, submitted.events[-1]])


class Review(RuleBasedStateMachine):
    """Anybody tries anything at any time; whatever comes of it, the promises of the review hold."""

    people = st.sampled_from(["ann", "bob", "eve"])

    @initialize()
    def begins(self) -> None:
        self.story: ProposalStory = a_proposal()
        self.now: datetime = NOON

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule(who=people)
    def edits(self, who: str) -> None:
        self._tries(lambda p: edit_proposal(p, some_prices(900), "", by=who, at=self.now))

    @rule(who=people)
    def submits(self, who: str) -> None:
        self._tries(lambda p: decide.submit(p, who, self.now))

    @rule(who=people)
    def withdraws(self, who: str) -> None:
        self._tries(lambda p: decide.withdraw(p, who, "", self.now))

    @rule(who=people)
    def approves(self, who: str) -> None:
        before = self.story.proposal
        if self._tries(lambda p: decide.approve(p, who, "", self.now)):
            assert who not in before.authors
        elif before.status is S.PENDING_REVIEW:
            assert who in before.authors or before.content.is_over(self.now)

    @rule(who=people)
    def rejects(self, who: str) -> None:
        self._tries(lambda p: decide.reject(p, who, "no", self.now))

    @rule(who=people)
    def hurries(self, who: str) -> None:
        self._tries(lambda p: take_effect.bring_forward(p, who, self.now))

    @rule()
    def activates(self) -> None:
        self._tries(lambda p: take_effect.activate(p, "system", self.now))

    @rule()
    def expires(self) -> None:
        self._tries(lambda p: take_effect.expire(p, "system", self.now))

    def _tries(self, command: Any) -> bool:
        before = self.story.proposal
        try:
            event: ProposalEvent = command(before)
        except DomainError:
            return False
        assert moment_of(event) == self.now
        after = self.story.then(event).proposal
        assert after.status is before.status or after.status in TRANSITIONS[before.status]
        return True

    @invariant()
    def replay_gives_the_same(self) -> None:
        assert fold(self.story.events) == self.story.proposal
        assert self.story.proposal.version == len(self.story.events)

    @invariant()
    def what_holds_was_approved_by_somebody_else(self) -> None:
        proposal = self.story.proposal
        if proposal.status is S.ACTIVE:
            approved = proposal.step(S.APPROVED)
            assert approved is not None
            assert approved.by not in proposal.authors
            assert proposal.content.ends_at is not None
            assert proposal.starts_at < proposal.content.ends_at

    @invariant()
    def each_state_is_entered_once(self) -> None:
        states = [step.status for step in self.story.proposal.steps]
        assert len(states) == len(set(states))


Review.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestReview = Review.TestCase


def test_whoever_wrote_or_submitted_cannot_approve():
    edited_by_eve = a_proposal().edited(some_prices(900), by="eve").submitted(by="zoe").proposal

    for author in (WRITER, "eve", "zoe"):
        with pytest.raises(SubmitterCannotApproveError):
            decide.approve(edited_by_eve, author, "", NOON + 5 * HOUR)
    assert decide.approve(edited_by_eve, REVIEWER, "", NOON + 5 * HOUR).by == REVIEWER


def test_what_is_over_is_neither_submitted_nor_approved_nor_activated():
    ends_at = NOON + 2 * DAY
    draft, pending = a_proposal().proposal, a_proposal().submitted().proposal
    approved = a_proposal().submitted().approved().proposal

    for command in (
        lambda: decide.submit(draft, WRITER, ends_at),
        lambda: decide.approve(pending, REVIEWER, "", ends_at),
        lambda: take_effect.activate(approved, REVIEWER, ends_at),
        lambda: take_effect.bring_forward(approved, REVIEWER, ends_at),
    ):
        with pytest.raises(ProposalOutdatedError):
            command()
    assert take_effect.expire(approved, "system", ends_at).expired_at == ends_at


def test_it_is_not_over_a_moment_before_its_end():
    proposal: PriceProposal = a_proposal().submitted().approved().activated().proposal

    with pytest.raises(InvalidStateTransitionError):
        take_effect.expire(proposal, "system", NOON + 2 * DAY - HOUR / 3600)


def test_it_holds_from_its_start_and_when_late_from_then():
    proposal = a_proposal().submitted().approved().proposal
    start = proposal.content.starts_at

    assert take_effect.activate(proposal, "system", start - HOUR).starts_at == start
    assert take_effect.activate(proposal, "system", start + HOUR).starts_at == start + HOUR


def test_what_is_brought_forward_holds_from_then():
    story = a_proposal().submitted().approved().brought_forward()

    sooner = story.proposal.starts_at
    assert sooner < story.proposal.content.starts_at
    assert story.activated(at=sooner).proposal.starts_at == sooner


def test_every_step_keeps_who_when_and_why():
    story = a_proposal().submitted().approved().activated().expired()

    assert [(step.status, step.by, step.words) for step in story.proposal.steps] == [
        (S.DRAFT, WRITER, "please"),
        (S.PENDING_REVIEW, WRITER, ""),
        (S.APPROVED, REVIEWER, "fine"),
        (S.ACTIVE, "system", ""),
        (S.EXPIRED, "system", ""),
    ]
    rejected = a_proposal().submitted().rejected().proposal.steps[-1]
    assert (rejected.by, rejected.words, rejected.at) == (REVIEWER, "below cost", NOON + 2 * HOUR)
