"""Snapshots of states: what comes back, what is upcast, what is ignored."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.history.aggregates import ORDER, PROPOSAL
from domain.history.snapshots import SnapshotForm
from domain.upcasting import Step, Upcasters
from tests.support import golden_snapshots
from tests.support.builders import NOON
from tests.support.proposals import a_proposal
from tests.unit.domain.states import STORIES


@dataclass(frozen=True)
class Cup:
    """A state as small as can be."""

    colour: str
    size: int = 1


class Deflated:
    """Another codec than that of the product."""

    name = "deflate"

    def pack(self, document: Mapping[str, Any]) -> bytes:
        return zlib.compress(json.dumps(document).encode())

    def unpack(self, data: bytes) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(zlib.decompress(data))
        return document


def a_form(*steps: Step, **changes: Any) -> SnapshotForm[Cup]:
    return SnapshotForm("cup", vars, lambda document: Cup(**document), Upcasters({"cup": steps}), **changes)


PLAIN = a_form()
TAKEN = PLAIN.taken("cup_1", 7, Cup("red"), NOON)


@pytest.mark.parametrize("state", STORIES)
def test_an_order_comes_back_from_its_snapshot_as_it_was(state):
    order = STORIES[state]()

    snapshot = ORDER.form.taken(order.id, order.version, order, NOON)

    assert ORDER.form.opened(snapshot) == order
    assert (snapshot.stream_id, snapshot.version, snapshot.taken_at) == (order.id, order.version, NOON)


def test_a_proposal_comes_back_from_its_snapshot_as_it_was():
    proposal = a_proposal().submitted().approved().proposal

    assert PROPOSAL.form.opened(PROPOSAL.form.taken("price:prp_1", 3, proposal, NOON)) == proposal


def test_a_snapshot_is_raw_json_with_its_schema_version():
    assert json.loads(TAKEN.data) == {"colour": "red", "size": 1}
    assert (TAKEN.type, TAKEN.schema_version) == ("cup+json", 1)


def test_snapshots_of_several_schema_versions_are_read_side_by_side():
    newer = a_form(lambda document: {"colour": str(document["colour"]).upper(), "size": 9})
    own = newer.taken("cup_1", 8, Cup("BLUE"), NOON)

    assert newer.opened(TAKEN) == Cup("RED", 9)
    assert (own.schema_version, newer.opened(own)) == (2, Cup("BLUE"))


@pytest.mark.parametrize(
    "odd",
    [
        replace(TAKEN, schema_version=2),
        replace(TAKEN, type="order+json"),
        replace(TAKEN, type="cup+deflate"),
        replace(TAKEN, data=b"{"),
        replace(TAKEN, data=b"\xff"),
        replace(TAKEN, data=b"[]"),
        replace(TAKEN, data=b"null"),
        replace(TAKEN, data=b'{"taste": 1}'),
    ],
    ids=["newer", "other kind", "other codec", "broken", "no text", "a list", "nothing", "other fields"],
)
def test_what_cannot_be_used_is_ignored(odd):
    assert PLAIN.opened(odd) is None


def test_a_snapshot_that_no_step_can_save_is_ignored():
    def refuse(_document):
        raise ValueError("folded otherwise then")

    assert a_form(refuse).opened(TAKEN) is None


def test_the_codec_can_be_another():
    form = a_form(codec=Deflated())
    snapshot = form.taken("cup_1", 7, Cup("red"), NOON)

    assert snapshot.type == "cup+deflate"
    assert form.opened(snapshot) == Cup("red")
    assert form.opened(TAKEN) is None


def test_a_snapshot_is_decoded_only_when_it_is_opened():
    class Watched(Deflated):
        opened = 0

        def unpack(self, data: bytes) -> dict[str, Any]:
            self.opened += 1
            return super().unpack(data)

    codec = Watched()
    form = a_form(codec=codec)
    snapshot = replace(form.taken("cup_1", 7, Cup("red"), NOON), taken_at=NOON + timedelta(1))

    assert codec.opened == 0
    assert form.opened(snapshot) == Cup("red")
    assert codec.opened == 1


@pytest.mark.parametrize("path", sorted(golden_snapshots.FOLDER.glob("*.json")), ids=lambda path: path.name)
def test_every_snapshot_ever_written_is_the_state_that_its_events_give_today_or_is_not_used(path):
    golden = golden_snapshots.read(path)
    kind = golden_snapshots.KINDS[golden.kind]

    said, told = kind.opened(golden.snapshot), kind.after(None, golden.stream)

    # If this fails, events fold to other states than before: raise the snapshot's schema version.
    assert told is not None
    assert said is None or said.state == told.state


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, named in golden_snapshots.stories().items() for name in named]
)
def test_a_snapshot_of_today_is_written_as_the_golden_file_of_its_version_has_it(kind, name):
    today = golden_snapshots.taken_today(kind, name)

    golden = golden_snapshots.read(golden_snapshots.path_of(today.snapshot, name))

    # If this fails, a snapshot has another shape than others of its version: raise that version, and write
    # the golden file of the new one with `python -m tests.support.golden_snapshots`.
    assert json.loads(today.snapshot.data) == json.loads(golden.snapshot.data)
    assert golden_snapshots.KINDS[kind].opened(golden.snapshot) is not None
