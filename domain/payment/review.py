"""What a person may decide about money in review."""

from __future__ import annotations

from enum import StrEnum


class ReviewDecision(StrEnum):
    """Take it as the payment, send it back, or leave it where it is: nothing is owed any more."""

    ACCEPT = "accept"
    SEND_BACK = "send_back"
    DISMISS = "dismiss"
