"""Open orders whose workflow was never started, or was forgotten with its whole history."""

from __future__ import annotations

from adapters.settings import Settings
from domain.catalogue.items import Category
from domain.events import EventMetadata
from domain.order.encoding import encode
from domain.order.lines import OrderLine
from domain.order.place import Wish, draft_order
from domain.ports.intake import IntakeEntry, PlaceOrder
from domain.pricing.request import RequestedLine
from tests.workflow.shop import Customer, Shop, cny
from tests.workflow.stopped import reconciled, reconciler_of


async def test_an_order_that_temporal_has_forgotten_is_started_by_what_was_accepted(shop: Shop) -> None:
    buyer = await shop.an_order()
    await _was_accepted_and_drafted(buyer)

    done = await reconciler_of(shop, Settings(_env_file=None)).reconcile_orders(buyer.start.accepted_at)

    assert done == 1
    answer = await shop.workflows.checkout(buyer.start)
    assert (answer.status, answer.total) == ("created", cny(10_000))
    assert (await buyer.kinds()).count("OrderDrafted") == 1


async def test_an_order_of_which_nobody_knows_the_rules_is_a_persons_business(shop: Shop) -> None:
    buyer = await shop.an_order()
    await _was_accepted_and_drafted(buyer)

    assert [await reconciled(shop) for _ in range(2)] == [0, 0]

    assert [alert.code for alert in await shop.notices.alerts(10)] == ["order_process_unknown"]


async def _was_accepted_and_drafted(buyer: Customer) -> None:
    shop, start = buyer.shop, buyer.start
    snapshot = await shop.snapshots.get(start.snapshot_id)
    assert snapshot is not None
    lines = tuple(RequestedLine(line.sku, line.quantity) for line in snapshot.lines)
    command = PlaceOrder(start.buyer_id, start.snapshot_id, "CNY", lines, start.address, "cor_1")
    entry = IntakeEntry(
        start.order_id,
        start.number,
        "key-1",
        command,
        start.total,
        start.merchants,
        start.accepted_at,
        answer=None,
        started=True,
    )
    await shop.intake.accept("caller", "key-1", "digest", entry)
    wish = Wish(
        order_id=start.order_id,
        number=start.number,
        buyer_id=start.buyer_id,
        currency="CNY",
        lines=(OrderLine(1, "tea", "shop-7", "Tea", Category.PHYSICAL, 1, cny(10_000)),),
        address=start.address,
        snapshot_id=start.snapshot_id,
    )
    event = encode(draft_order(wish, start.accepted_at))
    metadata = EventMetadata("cor_1", "place", "system", "", "")
    await shop.events.append(start.order_id, 0, "place@0", [event], metadata)
