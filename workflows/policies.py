"""Time-outs and retries of what workflows ask for, each with its reason. Orders' deadlines come as input."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy

# Local activities run inside the workflow task, which the server gives 10 s: a few quick tries, then a timer.
LOCAL_SECONDS: Final = timedelta(seconds=5)
LOCAL_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=50),
    backoff_coefficient=3,
    maximum_interval=timedelta(seconds=1),
    maximum_attempts=4,
)

# The fall-back when a local activity gave up: the database is away. Spaced so that a week of it is a few
# thousand history events.
STORE_FIRST_PAUSE: Final = timedelta(seconds=1)
STORE_LONGEST_PAUSE: Final = timedelta(minutes=10)
STORE_ROUNDS: Final = 1_000

# A chore's next round is its repetition.
CHORE_RETRY: Final = RetryPolicy(maximum_attempts=1)

# One call to the provider ends after 5 s there; a little more, so that its own word arrives first.
PROVIDER_CALL: Final = timedelta(seconds=8)
PROVIDER_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
)
# How long a buyer waits for the pay page or for the answer to a cancel before the order goes on without it.
# It is the activity's own limit, so it costs no timer.
BUYER_PATIENCE: Final = timedelta(seconds=5)
# How long one round of asking about money, or giving it back, may take before somebody is told.
MONEY_PATIENCE: Final = timedelta(seconds=15)
# Rounds after that, with growing pauses: the last one comes about a day and a half later.
MONEY_FIRST_PAUSE: Final = timedelta(seconds=2)
MONEY_LONGEST_PAUSE: Final = timedelta(hours=1)
MONEY_ROUNDS: Final = 48
# How often a silent provider is asked what became of an unpaid order before the order ends without its word:
# most of a day. Goods come back to the shelf meanwhile, by their own expiry.
QUESTION_ROUNDS: Final = 30
# One try to open a payment after the buyer's patience is over; repeated until the payment deadline.
LATER_PATIENCE: Final = timedelta(minutes=1)

# A carrier is called like a provider. A round ends after this time; then somebody is told and rounds go on
# as they do for money.
CARRIER_CALL: Final = timedelta(seconds=8)
CARRIER_PATIENCE: Final = timedelta(seconds=15)
# Somebody waits for the answer while a parcel is called back, so an unknown answer comes sooner.
RECALL_PATIENCE: Final = timedelta(seconds=4)

# Notices are best effort: an order never waits for one longer than this.
NOTICE_CALL: Final = timedelta(seconds=5)
NOTICE_PATIENCE: Final = timedelta(seconds=30)
NOTICE_RETRY: Final = RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_attempts=5)

# Goods stay held a little longer than the buyer may pay, because money is judged after the deadline.
HOLD_GRACE: Final = timedelta(minutes=2)

# A price is checked again when somebody was faster with a promotion, a voucher or points; then the next one
# may be. More often than this, the order is refused instead of racing on.
PRICE_ROUNDS: Final = 4

# A stream that somebody else wrote to is read again and decided again; more often than this is a bug.
DECISION_ROUNDS: Final = 5


_MOST_DOUBLINGS: Final = 20


def pause_after(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """Doubling pauses: `first` after one failure, never more than `longest`."""
    doublings = min(max(failures - 1, 0), _MOST_DOUBLINGS)
    times: int = 2**doublings
    return min(first * times, longest)
