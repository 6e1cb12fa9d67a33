"""Whatever a provider calls back, in whatever order, when and how often: status and money are right."""

from __future__ import annotations

import pytest

from domain.order.status import OrderStatus, PaymentStatus
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind
from tests.support.callback_world import CallbackWorld, Ending, Moment, Timeline, arrivals, expected, told

pytestmark = pytest.mark.timeout(240)
ALL = tuple(arrivals())


async def outcome(
    arrival: tuple[FactKind, ...], timeline: Timeline, moment: Moment, capture: CaptureMode, times: int
) -> CallbackWorld:
    world = CallbackWorld(moment, capture)
    await world.hear([fact for fact in told(arrival, timeline, moment) for _ in range(times)])
    world.pay_back()
    return world


def test_there_are_as_many_arrangements_as_counting_says():
    assert len(ALL) == len(set(ALL)) == 1_957


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("timeline", Timeline)
async def test_status_and_money_are_right_in_every_order_of_arrival(timeline, moment, times):
    wrong: dict[tuple[FactKind, ...], tuple[Ending, Ending]] = {}
    for arrival in ALL:
        world = await outcome(arrival, timeline, moment, CaptureMode.AUTOMATIC, times)
        right = expected(arrival, timeline, moment)
        if world.ending != right:
            wrong[arrival] = world.ending, right

    assert not wrong, f"{len(wrong)} of {len(ALL)}, such as {next(iter(wrong.items()))}"


@pytest.mark.parametrize("moment", [moment for moment in Moment if moment is not Moment.AFTER_REFUND])
@pytest.mark.parametrize("timeline", Timeline)
async def test_money_that_is_authorised_first_is_never_kept_without_an_order_nor_paid_twice(timeline, moment):
    for arrival in ALL:
        world = await outcome(arrival, timeline, moment, CaptureMode.MANUAL, 1)
        order, heard = world.order, set(arrival)
        taken = 1_000 if FactKind.CAPTURED in heard else 0
        by_provider = taken if FactKind.REFUNDED in heard else 0

        assert world.sent + by_provider <= taken, arrival
        assert order.captured.amount <= taken, arrival
        if FactKind.CHARGED_BACK in heard:
            assert world.sent == 0, arrival
        if order.status is OrderStatus.PAID:
            assert FactKind.AUTHORISED in heard or taken, arrival
            assert order.holds_money or order.in_review, arrival
        if order.status is OrderStatus.CREATED:
            assert order.payment_status not in {PaymentStatus.CAPTURED, PaymentStatus.AUTHORISED}, arrival
        if order.status is OrderStatus.CANCELLED and taken and not order.in_review:
            assert world.sent + by_provider == taken, arrival


@pytest.mark.parametrize("moment", Moment)
async def test_hearing_everything_three_times_is_hearing_it_once(moment):
    for arrival in ALL[::7]:
        once = await outcome(arrival, Timeline.AGREEING, moment, CaptureMode.MANUAL, 1)
        thrice = await outcome(arrival, Timeline.AGREEING, moment, CaptureMode.MANUAL, 3)

        assert once.order == thrice.order, arrival
