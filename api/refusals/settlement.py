"""Why a statement or a reconciliation does not say or do what was asked."""

from __future__ import annotations

from api.refusals.rule import Rule

SETTLEMENT = {
    "statement_not_found": Rule(404, "No such statement", "Check the id; it must be one of your own."),
    "settlement_not_found": Rule(404, "The order is not settled", "Ask again when it is completed."),
    "reconciliation_not_found": Rule(404, "No such reconciliation", "Check the id."),
    "difference_not_found": Rule(404, "No such difference", "Check the id; this run must have found it."),
    "difference_closed": Rule(409, "The difference is not open", "Look at its status."),
    "nothing_to_repair": Rule(
        409, "Nothing can be repaired", "Look at reason, find out which side is right, and park it."
    ),
}
