"""Whatever commands come in whatever order, every store answers as the plainest one that can be written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ports.events import CommandKeyReusedError, VersionConflictError
from tests.contract.event_store.shelf import Shelf, happened
from tests.support.chains import links_of


@dataclass(frozen=True)
class Command:
    """An append: which key, how far from the head it believes to be, and what it says."""

    key: str
    beside_head: int
    notes: tuple[int, ...]


@dataclass
class PlainStore:
    """What the port's words say, and nothing else."""

    notes: list[int] = field(default_factory=list)
    known: dict[str, tuple[tuple[int, ...], int]] = field(default_factory=dict)

    def answer(self, command: Command, expected: int) -> str:
        if command.key in self.known:
            notes, version = self.known[command.key]
            return f"repeated {version}" if notes == command.notes else "reused"
        if expected != len(self.notes):
            return f"conflict {len(self.notes)}"
        self.notes.extend(command.notes)
        self.known[command.key] = command.notes, len(self.notes)
        return f"appended {len(self.notes)}"


async def answer_of(shelf: Shelf, command: Command, expected: int) -> str:
    events = [happened("Noted", note=note) for note in command.notes]
    try:
        found = await shelf.append(*events, after=expected, key=command.key)
    except CommandKeyReusedError:
        return "reused"
    except VersionConflictError as error:
        return f"conflict {error.facts['actual']}"
    return f"{'repeated' if found.repeated else 'appended'} {found.version}"


COMMANDS = st.builds(
    Command,
    key=st.sampled_from("abcd"),
    beside_head=st.sampled_from([0, 0, 0, -1, 1]),
    notes=st.lists(st.integers(0, 1), min_size=1, max_size=3).map(tuple),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commands=st.lists(COMMANDS, max_size=10))
async def test_every_store_answers_as_the_plainest_one(shelf: Shelf, commands: list[Command]) -> None:
    told, plain = shelf.another(), PlainStore()

    for command in commands:
        expected = max(0, len(plain.notes) + command.beside_head)
        assert await answer_of(told, command, expected) == plain.answer(command, expected)

    events = await told.read()
    assert [event.data["note"] for event in events] == plain.notes
    assert [event.version for event in events] == list(range(1, len(plain.notes) + 1))
    assert await told.store.head(told.stream) == len(plain.notes)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(COMMANDS, min_size=2, max_size=6), max_size=5))
async def test_commands_for_several_streams_at_once_are_answered_as_each_would_be_alone(
    shelf: Shelf, rounds: list[list[Command]]
) -> None:
    """message-db, pyeventsourcing: writers of different streams do not know of each other."""
    told, plain = [shelf.another() for _ in range(6)], [PlainStore() for _ in range(6)]

    for commands in rounds:
        expected = [max(0, len(plain[n].notes) + one.beside_head) for n, one in enumerate(commands)]
        answers = await asyncio.gather(
            *(answer_of(told[n], one, expected[n]) for n, one in enumerate(commands))
        )
        assert answers == [plain[n].answer(one, expected[n]) for n, one in enumerate(commands)]

    for one, known in zip(told, plain, strict=True):
        events = await one.read()
        assert [event.data["note"] for event in events] == known.notes
        assert [event.link for event in events] == links_of(one.stream, events)
        assert [event.position for event in events] == sorted(event.position for event in events)
