"""What every store of notes on orders promises, over memory and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from domain.ports.order_notes import LONGEST_NOTE, OrderNote
from tests.support.builders import NOON
from tests.support.port_worlds import PortWorld

CALLED = OrderNote("note_1", "ord_1", "The buyer called.\nRing twice.", "boss", None, NOON)


async def test_a_note_is_found_again_whole(world: PortWorld) -> None:
    theirs = replace(CALLED, id="note_2", by="@shop-7", merchant_id="shop-7", text="ü" * LONGEST_NOTE)
    await world.notes.add(CALLED)
    await world.notes.add(theirs)

    assert list(await world.notes.of_order("ord_1", limit=10)) == [theirs, CALLED]


async def test_a_note_is_written_once_and_never_changed(world: PortWorld) -> None:
    await world.notes.add(CALLED)
    await world.notes.add(replace(CALLED, text="something else"))

    assert list(await world.notes.of_order("ord_1", limit=10)) == [CALLED]


async def test_notes_of_another_order_are_not_shown(world: PortWorld) -> None:
    await world.notes.add(CALLED)

    assert list(await world.notes.of_order("ord_2", limit=10)) == []


async def test_the_newest_come_first_and_pages_join_without_a_gap(world: PortWorld) -> None:
    for number in range(5):
        await world.notes.add(replace(CALLED, id=f"note_{number}"))
        await world.notes.add(replace(CALLED, id=f"other_{number}", order_id="ord_2"))

    first = await world.notes.of_order("ord_1", limit=2)
    second = await world.notes.of_order("ord_1", before=first[-1].id, limit=10)

    assert [note.id for note in (*first, *second)] == ["note_4", "note_3", "note_2", "note_1", "note_0"]


async def test_before_a_note_that_this_order_does_not_have_there_is_nothing(world: PortWorld) -> None:
    await world.notes.add(CALLED)
    await world.notes.add(replace(CALLED, id="other", order_id="ord_2"))

    for stranger in ("ghost", "other"):
        assert list(await world.notes.of_order("ord_1", before=stranger, limit=10)) == []


async def test_of_a_merchant_only_its_own_notes_are_shown(world: PortWorld) -> None:
    mine = replace(CALLED, id="mine", merchant_id="shop-7")
    await world.notes.add(CALLED)
    await world.notes.add(mine)
    await world.notes.add(replace(CALLED, id="theirs", merchant_id="shop-8"))

    assert list(await world.notes.of_order("ord_1", merchant_id="shop-7", limit=10)) == [mine]
