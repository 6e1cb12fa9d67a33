"""An anchor that is kept elsewhere tells of streams that somebody has rewritten with all links right."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.verify.anchors import AnchorUnreadError
from ops.verify.running import Wanted
from tests.integration.events.stories import Story, tell
from tests.integration.verify.conftest import Archive

# A whole stream rewritten by somebody who knows how: the last event goes, and head and links fit again.
CUT = (
    "DELETE FROM order_events WHERE order_id = 'ord_2' AND version = 4",
    (
        "UPDATE order_streams s SET version = 3, link = e.link FROM order_events e"
        " WHERE s.order_id = 'ord_2' AND e.order_id = 'ord_2' AND e.version = 3"
    ),
)


async def test_a_stream_that_was_cut_with_all_its_links_right_is_found_by_an_anchor(
    archive: Archive, tmp_path: Path
) -> None:
    anchor = tmp_path / "anchor"
    assert await archive.faults(Wanted(write_anchor=anchor)) == {}
    await tell(archive.store, "ord_6", Story("ord_6").paid())
    assert "anchor" not in await archive.faults(Wanted(against=anchor))

    await archive.plant(*CUT)

    found = await archive.faults(Wanted(against=anchor))
    assert "hash chain" not in found
    assert "stream heads" not in found
    assert found["anchor"] == ["ord_2: version 4 was there and is gone"]


async def test_a_stream_that_was_told_anew_from_its_start_is_found_by_an_anchor(
    archive: Archive, tmp_path: Path
) -> None:
    anchor = tmp_path / "anchor"
    await archive.verified(Wanted(write_anchor=anchor))
    await archive.plant(
        "DELETE FROM order_events WHERE order_id = 'ord_2'",
        "DELETE FROM order_streams WHERE order_id = 'ord_2'",
    )
    await tell(archive.store, "ord_2", Story("ord_2", buyer="buyer_2", price=1).paid())

    found = await archive.faults(Wanted(against=anchor, stream="ord_2"))

    assert found == {"anchor": ["ord_2: was rewritten: another history up to version 4"]}


async def test_no_anchor_vouches_for_what_is_wrong(archive: Archive, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    await archive.plant("UPDATE stock_items SET held = held + 1")

    await archive.verified(Wanted(write_anchor=anchor))

    assert not anchor.exists()
    assert not anchor.with_name("anchor.part").exists()


@pytest.mark.parametrize("spoil", ["cut", "change", "empty", "other", "none", "more", "odd"])
async def test_an_anchor_that_is_not_whole_is_refused(archive: Archive, tmp_path: Path, spoil: str) -> None:
    anchor = tmp_path / "anchor"
    await archive.verified(Wanted(write_anchor=anchor))
    lines = anchor.read_text(encoding="utf-8").splitlines(keepends=True)
    spoilt = {
        "cut": lines[:-2],
        "change": [lines[0], lines[1].replace("0", "1"), *lines[2:]],
        "empty": [],
        "other": ['{"kind": "shopping list"}\n'],
        "none": lines,
        "more": [*lines, lines[1]],
        "odd": [lines[0], "7\n", *lines[1:]],
    }[spoil]
    anchor.write_text("".join(spoilt), encoding="utf-8")

    with pytest.raises(AnchorUnreadError):
        await archive.verified(Wanted(against=tmp_path / "nowhere" if spoil == "none" else anchor))
