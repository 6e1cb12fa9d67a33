"""What the clock does to approved proposals. When to look is the schedule's matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from temporalio import activity

from activities.proposal_desk import Act, ProposalDesk
from domain.errors import DomainError, InvalidStateTransitionError
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.ports.proposals import Proposals
from domain.review.proposal import PriceProposal

# Written into the price book so much earlier, so that it holds from its first moment on however long the
# pause between two rounds is, as long as it is shorter.
AHEAD: Final = timedelta(minutes=1)
BATCH: Final = 200
_ACTOR = "system"


@dataclass(frozen=True, slots=True)
class ProposalActivities:
    """Activates what is due and expires what has ended; what cannot be is put before the people on duty."""

    proposals: Proposals
    desk: ProposalDesk
    notices: Notices

    @activity.defn(name="advance_proposals")
    async def advance_proposals(self, now: datetime) -> int:
        """One bounded batch; how many proposals it moved. Each may be repeated."""
        due = await self.proposals.due(now + AHEAD, now, BATCH)
        return sum([await self._advance(proposal, now) for proposal in due])

    async def _advance(self, proposal: PriceProposal, now: datetime) -> bool:
        try:
            if proposal.content.is_over(now):
                await self.desk.expire(proposal.id, Act(_ACTOR, now, "clock:expire"))
            else:
                await self.desk.take_effect(proposal.id, Act(_ACTOR, now, "clock:activate"))
        except InvalidStateTransitionError:
            return False  # somebody was first
        except DomainError as error:
            await self._report(proposal, error)
            return False
        return True

    async def _report(self, proposal: PriceProposal, error: DomainError) -> None:
        key = f"proposal:{proposal.id}:{error.code}"
        facts = (("status", proposal.status.value), ("error", str(error)))
        await self.notices.raise_alert(Alert(key, AlertLevel.HIGH, "proposal_stuck", proposal.id, facts))
