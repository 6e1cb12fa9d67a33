"""Search, sales, stock, prices and settlement lines as people ask for them, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from adapters.postgres.projections.folding import Folded
from adapters.postgres.projections.lists import PostgresReadModels
from adapters.postgres.projections.order_search import SEARCH_PROJECTION
from adapters.postgres.projections.writing import write_states
from adapters.postgres.proposals import PostgresProposals
from domain.errors import InvalidValueError
from domain.order.dated import DatedOrder
from domain.order.whereabouts import Whereabouts
from domain.ports.read_models import Cursor, Narrowed, ReadPage, SalesDay, TermKind
from tests.integration.projections.shop import DAY, a_cart, project, returned, tell
from tests.support.builders import NOON, cny
from tests.support.proposals import a_promotion, a_proposal, keep, some_prices

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.postgres.pool import Pool

TODAY = NOON.date()
LISTS = ("sales_daily", "stock_board", "price_audit", "settlement_lines")


async def pages(ask: Callable[[Cursor | None], Awaitable[ReadPage[Any]]]) -> list[list[Any]]:
    found, cursor = [], None
    while True:
        page = await ask(cursor)
        found.append(list(page.items))
        cursor = page.next
        if cursor is None:
            return found


def figures(day: SalesDay) -> tuple[int, int, int, int]:
    return day.orders, day.units, day.goods.amount, day.refunds.amount


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ord_1", TermKind.ORDER),
        ("  ORD_1 ", TermKind.ORDER),
        ("WE422-22222V", TermKind.NUMBER),
        ("buyer-1", TermKind.BUYER),
        ("tea", TermKind.SKU),
        ("track-2", TermKind.TRACKING),
        ("shp_ord_1_1", TermKind.SHIPMENT),
        ("ret_1", TermKind.RETURN),
    ],
)
async def test_an_order_is_found_by_whatever_somebody_has_of_it(
    pool: Pool, text: str, kind: TermKind
) -> None:
    await tell(pool, returned("ord_1"), a_cart("ord_2", buyer="buyer-2").drafted())
    await project(pool, "order_search")

    page = await PostgresReadModels(pool).search(text)

    assert "ord_1" in {hit.order_id for hit in page.items}
    assert {found[0] for hit in page.items for found in hit.found_by} == {kind}


async def test_payment_and_refund_keys_lead_to_their_order(pool: Pool) -> None:
    story = returned("ord_1")
    await tell(pool, story)
    await project(pool, "order_search")
    search = PostgresReadModels(pool).search

    hits = [(await search(key)).items for key in (story.attempt, story.order.refunds[0].key)]

    assert [[hit.order_id for hit in found] for found in hits] == [["ord_1"], ["ord_1"]]


async def test_the_beginning_of_a_term_finds_all_that_begin_so_newest_first_page_by_page(pool: Pool) -> None:
    stories = [a_cart(f"ord_{number}", NOON + number * DAY).created() for number in range(5)]
    await tell(pool, *stories, a_cart("odd_1").created())
    await project(pool, "order_search")
    lists = PostgresReadModels(pool)

    found = await pages(lambda cursor: lists.search("ord_", beginning=True, cursor=cursor, limit=2))

    assert [[hit.order_id for hit in page] for page in found] == [
        ["ord_4", "ord_3"],
        ["ord_2", "ord_1"],
        ["ord_0"],
    ]


async def test_what_nobody_has_finds_nothing_and_wildcards_are_letters(pool: Pool) -> None:
    await tell(pool, a_cart("ord_1").created())
    await project(pool, "order_search")
    lists = PostgresReadModels(pool)

    found = [(await lists.search(text)).items for text in ("ord", "%", "ord%", "' OR 1=1")]

    assert found == [(), (), (), ()]
    assert (await lists.search("or%_", beginning=True)).items == ()


async def test_a_sku_that_the_buyer_agreed_to_drop_finds_the_order_no_more(pool: Pool) -> None:
    """Rows of an older version go when a newer one does not have them."""
    await tell(pool, a_cart("ord_1").created())
    await project(pool, "order_search")
    await pool.execute("INSERT INTO order_search VALUES ('ord_1', 'sku', 'dropped', 1, 9, now())")

    await tell(pool, a_cart("ord_1").paid())
    await project(pool, "order_search")

    assert (await PostgresReadModels(pool).search("dropped")).items == ()


async def test_an_older_state_brings_nothing_back_that_a_newer_one_dropped(pool: Pool) -> None:
    newer, older = a_cart("ord_1").paid().order, a_cart("ord_1").with_line("dropped").created().order
    async with pool.acquire() as session, session.transaction():
        await write_states(session, SEARCH_PROJECTION, Folded({"ord_1": DatedOrder(newer)}))

        await write_states(session, SEARCH_PROJECTION, Folded({"ord_1": DatedOrder(older)}))

    assert (await PostgresReadModels(pool).search("dropped")).items == ()
    assert (await PostgresReadModels(pool).search("tea")).items != ()


async def test_sales_are_summed_by_merchant_and_day(pool: Pool) -> None:
    await tell(
        pool,
        returned("ord_1", after=3 * DAY),
        a_cart("ord_2").paid(),
        a_cart("ord_3", NOON + DAY).paid(),
        a_cart("ord_4").created(),
    )
    await project(pool, "sales_daily")

    page = await PostgresReadModels(pool).sales_daily(Narrowed(merchant_id="shop-7"))

    assert [(day.day - TODAY, figures(day)) for day in page.items] == [
        (3 * DAY, (0, 0, 0, 1_000)),
        (DAY, (1, 2, 2_000, 0)),
        (timedelta(0), (2, 4, 4_000, 0)),
    ]


async def test_an_order_cancelled_before_its_capture_leaves_no_sale_behind(pool: Pool) -> None:
    await tell(pool, a_cart("ord_1").authorised())
    await project(pool, "sales_daily")
    sold = await pool.fetchval("SELECT count(*) FROM sales_daily")

    await tell(pool, a_cart("ord_1").authorised().cancelled())
    await project(pool, "sales_daily")

    assert sold == 2
    assert await pool.fetchval("SELECT count(*) FROM sales_daily") == 0


async def test_the_stock_board_moves_units_from_place_to_place(pool: Pool) -> None:
    story = returned("ord_1")
    seen = []
    for upto in range(1, len(story.events) + 1):
        cut = a_cart("ord_1")
        cut.events = story.events[:upto]
        await tell(pool, cut)
        await project(pool, "stock_board")
        (mugs,) = (await PostgresReadModels(pool).stock_board(Narrowed(sku="mug"))).items or (None,)
        if mugs and mugs.units not in seen:
            seen.append(mugs.units)

    assert seen == [
        Whereabouts(reserved=2),
        Whereabouts(to_send=2),
        Whereabouts(on_the_way=2),
        Whereabouts(delivered=2),
        Whereabouts(delivered=1, returned=1),
    ]


async def test_who_set_a_price_when_is_told_step_by_step_newest_first(pool: Pool) -> None:
    proposals = PostgresProposals(pool)
    changed = some_prices(700)
    await keep(proposals, a_proposal().edited(changed).submitted().approved())
    await keep(proposals, a_proposal(proposal_id="prp_2", content=some_prices(900, "tea")))
    await project(pool, "price_audit")

    page = await PostgresReadModels(pool).price_audit(Narrowed(sku="mug"))

    assert [(step.what, step.by) for step in page.items] == [
        ("ProposalApproved", "bob"),
        ("ProposalSubmitted", "ann"),
        ("ProposalEdited", "ann"),
        ("ProposalDrafted", "ann"),
    ]
    prices = [step.content[0]["discount_price"]["amount"] for step in page.items]  # type: ignore[index]
    assert prices == [700, 700, 700, 800]


async def test_promotions_are_found_by_their_skus_and_by_their_merchant(pool: Pool) -> None:
    proposals = PostgresProposals(pool)
    await keep(proposals, a_proposal(content=a_promotion(skus=("mug", "tea"))))
    await project(pool, "price_audit")
    lists = PostgresReadModels(pool)

    by_sku = await lists.price_audit(Narrowed(sku="tea"))
    by_merchant = await lists.price_audit(Narrowed(merchant_id="shop-7"))
    of_nobody = await lists.price_audit(Narrowed(merchant_id="shop-9"))

    assert by_sku.items == by_merchant.items
    assert [step.skus for step in by_sku.items] == [("mug", "tea")]
    assert of_nobody.items == ()


async def test_settlement_lines_tell_what_was_sold_and_what_went_back(pool: Pool) -> None:
    await tell(pool, returned("ord_1"), a_cart("ord_2").created())
    await project(pool, "settlement_lines")
    lists = PostgresReadModels(pool)

    page = await lists.settlement_lines(Narrowed(order_id="ord_1"))
    unsold = await lists.settlement_lines(Narrowed(order_id="ord_2"))

    assert [(line.line, line.goods, line.refunded, line.refunded_quantity) for line in page.items] == [
        (1, cny(2_000), cny(1_000), 1),
        (2, cny(2_000), cny(0), 0),
    ]
    assert unsold.items == ()


async def test_settlement_lines_are_narrowed_by_merchant_sku_and_day(pool: Pool) -> None:
    await tell(pool, a_cart("ord_1").paid(), a_cart("ord_2", NOON + DAY).paid())
    await project(pool, "settlement_lines")
    lists = PostgresReadModels(pool)

    async def of(**narrowed: object) -> list[tuple[str, str]]:
        page = await lists.settlement_lines(Narrowed(**narrowed))  # type: ignore[arg-type]
        return [(line.order_id, line.sku) for line in page.items]

    assert await of(merchant_id="shop-9") == [("ord_2", "tea"), ("ord_1", "tea")]
    assert await of(sku="mug", day_from=TODAY + DAY) == [("ord_2", "mug")]
    assert await of(merchant_id="shop-7", day_until=TODAY + DAY) == [("ord_1", "mug")]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_of_any_size_show_every_row_once(pool: Pool, name: str, limit: int) -> None:
    await tell(pool, *(returned(f"ord_{number}", NOON + number % 2 * DAY) for number in range(4)))
    await keep(PostgresProposals(pool), a_proposal().submitted().approved())
    await project(pool, name)
    ask = getattr(PostgresReadModels(pool), name)

    found = await pages(lambda cursor: ask(Narrowed(), cursor, limit))

    everything = (await ask(Narrowed(), limit=100)).items
    assert [item for page in found for item in page] == list(everything)
    assert len(everything) > 1
    assert {len(page) for page in found[:-1]} <= {limit}


NO_CURSORS: list[Cursor] = [
    ("x",),
    (),
    ("1", "2", "3", "4"),
    ("\x00",),
    ("9" * 30,),
    ("2026-01-01T00:00:00", "a", "1"),
]


@pytest.mark.parametrize("name", LISTS)
async def test_a_cursor_of_somebody_elses_making_is_refused(pool: Pool, name: str) -> None:
    any_text = {("x",), ("9" * 30,)} if name == "stock_board" else set()  # there it could be a SKU
    ask = getattr(PostgresReadModels(pool), name)

    for cursor in NO_CURSORS:
        if cursor not in any_text:
            with pytest.raises(InvalidValueError, match="cursor"):
                await ask(Narrowed(), cursor)


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "\ud800"])
async def test_a_search_for_nothing_is_refused(pool: Pool, text: str) -> None:
    with pytest.raises(InvalidValueError):
        await PostgresReadModels(pool).search(text)


async def test_a_beginning_that_is_too_short_is_refused(pool: Pool) -> None:
    with pytest.raises(InvalidValueError):
        await PostgresReadModels(pool).search("or", beginning=True)


@pytest.mark.parametrize("limit", [0, 101])
async def test_pages_have_a_size(pool: Pool, limit: int) -> None:
    with pytest.raises(InvalidValueError):
        await PostgresReadModels(pool).search("ord_1", limit=limit)
