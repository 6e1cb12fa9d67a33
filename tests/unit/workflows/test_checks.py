"""What may be asked of an order that is only just accepted: nothing that needs a price or an attempt."""

from collections.abc import Callable

import pytest
from temporalio.exceptions import ApplicationError

from tests.support.builders import NOON
from workflows.checks import check_cancel, check_confirmation, check_decline, check_pay_again
from workflows.contracts import CancelOrder


@pytest.mark.parametrize(
    "ask",
    [
        lambda: check_confirmation(None, None, "snap_1"),
        lambda: check_decline(None),
        lambda: check_pay_again(None, "sandbox", NOON),
    ],
)
def test_an_order_without_a_price_refuses_what_comes_after_one(ask: Callable[[], None]) -> None:
    with pytest.raises(ApplicationError) as refused:
        ask()

    assert refused.value.type == "invalid_state_transition"
    assert refused.value.non_retryable
    assert refused.value.details[0]["current"] == "accepted"


def test_an_order_that_is_only_just_accepted_will_hear_its_cancellation() -> None:
    check_cancel(None, CancelOrder("buyer", "buyer-1"), NOON)
