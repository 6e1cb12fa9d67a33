"""Driving a plan: each invoice once, whatever is repeated, lost or interrupted on the way."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from ops.replay.calls import Calls
from ops.replay.driving import Driver
from ops.replay.errors import ReplayError
from ops.replay.journal import opened
from ops.replay.orders_api import OrdersApi
from ops.replay.outcome import Results
from ops.replay.plan import Plan
from ops.replay.planning import make_plan
from tests.unit.replay.fake_api import FakeApi
from tests.unit.replay.histories import a_line, an_invoice

PLAN = make_plan(
    [
        an_invoice("1", a_line("A", 6), a_line("B", 1, "9.00")),
        an_invoice("2", a_line("A", 1, "2.10"), customer="2"),
        an_invoice("C3", a_line("A", -4)),
    ],
    "GBP",
)
SECOND = httpx.Response(503, json={"code": "unavailable"})


async def replayed(
    fake: FakeApi, journal_path: Path, *, pay: bool = False, plan: Plan = PLAN, patience: float = 5.0
) -> Results:
    limits = timedelta(seconds=patience)
    with opened(journal_path, "h") as journal:
        async with Calls("http://api", patience=limits, transport=fake.transport()) as calls:
            api = OrdersApi(calls, "h", limits)
            await api.offer(plan.items)
            return await Driver(api, journal, pay=pay).drive(plan)


def statuses(fake: FakeApi) -> list[str]:
    return [order["status"] for order in fake.orders.values()]


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.jsonl"


async def test_each_invoice_becomes_an_order_and_its_cancellation_a_return_of_just_those_goods(journal):
    fake = FakeApi()
    results = await replayed(fake, journal, pay=True)
    assert (len(results.ordered), len(results.taken_back)) == (2, 1)
    assert all(outcome.paid for outcome in results.ordered)
    assert sorted(order["refunded"]["amount"] for order in fake.orders.values()) == [0, 4 * 255]
    assert statuses(fake) == ["paid", "paid"]


async def test_without_pay_nothing_can_be_given_back_and_the_reason_is_listed(journal):
    fake = FakeApi()
    results = await replayed(fake, journal)
    assert [(each.step.invoice.number, each.code) for each in results.refused] == [
        ("C3", "original_not_paid")
    ]
    assert len(results.ordered) == 2


async def test_goods_of_two_orders_are_two_returns(journal):
    fake = FakeApi()
    plan = make_plan(
        [an_invoice("1", a_line("A", 2)), an_invoice("2", a_line("A", 2)), an_invoice("C3", a_line("A", -3))],
        "GBP",
    )
    results = await replayed(fake, journal, pay=True, plan=plan)
    assert len(results.taken_back) == 1
    assert sorted(order["refunded"]["amount"] for order in fake.orders.values()) == [255, 2 * 255]


async def test_an_order_that_could_not_be_paid_is_still_ordered_and_said_to_be_unpaid(journal):
    fake = FakeApi()
    fake.pays = False
    results = await replayed(fake, journal, pay=True)
    assert [outcome.paid for outcome in results.ordered] == [False, False]


@pytest.mark.parametrize("trouble", ["lost answer", SECOND, httpx.ConnectError("refused")])
async def test_a_lost_or_late_answer_is_asked_for_again_and_nothing_doubles(journal, trouble):
    fake = FakeApi()
    fake.trouble = {"POST /v1/orders": [trouble], "POST /v1/quotes": [trouble]}
    results = await replayed(fake, journal)
    assert (len(fake.orders), len(results.ordered)) == (2, 2)


async def test_an_order_that_was_only_accepted_is_waited_for(journal):
    fake = FakeApi()
    fake.accept_later = True
    results = await replayed(fake, journal, pay=True)
    assert [outcome.paid for outcome in results.ordered] == [True, True]


async def test_a_second_run_places_pays_and_gives_back_nothing_again(journal):
    fake = FakeApi()
    await replayed(fake, journal, pay=True)
    before = fake.calls.copy()
    results = await replayed(fake, journal, pay=True)
    assert fake.calls - before == {"PUT /v1/catalogue/items": 1}
    assert (len(results.ordered), len(results.taken_back)) == (2, 1)


async def test_a_run_that_died_between_order_and_journal_repeats_the_same_request(journal):
    fake = FakeApi()
    await replayed(fake, journal)
    kept = [line for line in journal.read_text().splitlines() if '"ordered"' not in line]
    journal.write_text("\n".join([*kept, ""]))
    results = await replayed(fake, journal)
    assert (len(fake.orders), len(fake.quotes), len(results.ordered)) == (2, 2, 2)


async def test_a_refused_order_refuses_its_lines_and_its_cancellation(journal):
    fake = FakeApi()
    no = httpx.Response(409, json={"code": "out_of_stock", "detail": "0 left"})
    fake.trouble = {"POST /v1/orders": [no, no]}
    results = await replayed(fake, journal)
    assert {each.step.invoice.number: each.code for each in results.refused} == {
        "1": "out_of_stock",
        "2": "out_of_stock",
        "C3": "original_refused",
    }
    assert sum(len(each.refusals) for each in results.refused) == 4


async def test_a_price_that_is_not_the_historys_is_never_ordered(journal):
    fake = FakeApi()
    dear = httpx.Response(201, json={"id": "snap", "total": {"amount": 1, "currency": "GBP"}})
    fake.trouble = {"POST /v1/quotes": [dear, dear]}
    results = await replayed(fake, journal)
    assert {each.code for each in results.refused} == {"price_differs", "original_refused"}
    assert not fake.orders


async def test_no_answer_in_time_is_unfinished_not_refused(journal):
    fake = FakeApi()
    fake.trouble = {"POST /v1/orders": [SECOND] * 50}
    results = await replayed(fake, journal, patience=0.3)
    assert (len(results.unfinished), results.refused, results.ordered) == (3, [], [])


async def test_a_missing_journal_is_not_taken_for_a_new_beginning(journal, tmp_path):
    fake = FakeApi()
    used = httpx.Response(422, json={"code": "idempotency_key_reused", "detail": ""})
    fake.trouble = {"POST /v1/orders": [used, used]}
    with pytest.raises(ReplayError, match="journal is not here"):
        await replayed(fake, journal)


async def test_an_api_that_wants_a_key_stops_the_replay_at_once(journal):
    fake = FakeApi()
    fake.trouble = {"POST /v1/quotes": [httpx.Response(401)] * 2}
    with pytest.raises(ReplayError, match="ORDERKEEP_API_KEY"):
        await replayed(fake, journal)


async def test_an_interrupted_run_goes_on_where_it_was(journal):
    fake = FakeApi()
    many = make_plan([an_invoice(str(number), customer=str(number)) for number in range(40)], "GBP")
    running = asyncio.ensure_future(replayed(fake, journal, plan=many))
    await fake.has_orders(10)
    running.cancel()
    await asyncio.wait([running])
    assert 10 <= len(fake.orders) < 40
    results = await replayed(fake, journal, plan=many)
    assert (len(fake.orders), len(results.ordered)) == (40, 40)
    assert len({order["buyer_id"] for order in fake.orders.values()}) == 40
