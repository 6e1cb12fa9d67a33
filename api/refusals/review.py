"""Why a proposal of a price does not move on."""

from __future__ import annotations

from api.refusals.rule import Rule

REVIEW = {
    "proposal_not_found": Rule(404, "No such proposal", "Check the id."),
    "only_draft_can_be_edited": Rule(
        409, "Only draft pricing can be edited", "Withdraw it and propose again."
    ),
    "only_draft_can_be_submitted": Rule(
        409, "Only draft pricing can be submitted for review", "Look at its status."
    ),
    "only_pending_can_be_reviewed": Rule(
        409, "Only pending pricing can be approved or rejected", "Look at its status."
    ),
    "only_approved_can_be_activated": Rule(
        409, "Only approved pricing can be activated", "Have it approved first."
    ),
    "only_open_can_be_withdrawn": Rule(409, "Only undecided pricing can be withdrawn", "Look at its status."),
    "submitter_cannot_approve": Rule(
        403, "Who wrote or submitted it cannot approve it", "Have somebody else look at it."
    ),
    "promotion_type_exists": Rule(
        409, "Promotion type already exists", "Choose other goods or another time than proposal_id has."
    ),
    "proposal_outdated": Rule(409, "Its time is over", "Propose it for a time to come."),
    "proposal_changed": Rule(412, "It is another version now", "Read it again and decide on that."),
    "precondition_required": Rule(428, "If-Match is missing", "Send If-Match with the ETag."),
}
