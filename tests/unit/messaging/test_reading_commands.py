"""The body of a command, on its way from the message to the call of HTTP."""

from __future__ import annotations

import json

import pytest

from api.messaging.reading import read_command
from tests.unit.messaging.commanding import a_command


@pytest.mark.parametrize("character", ["茶", "\U0001f375", "a", '"'])
def test_a_command_in_any_language_is_no_longer_than_it_came(character: str) -> None:
    raw = json.dumps({"operation": "place_order", "body": {"note": character * 1_000}}, ensure_ascii=False)

    command = read_command(a_command("", raw=raw.encode()))

    assert len(command.body) < len(raw.encode())
    assert json.loads(command.body) == {"note": character * 1_000}


@pytest.mark.parametrize("escape", ['"\\ud83c"', '"\\u0000"'])
def test_what_only_an_escape_can_say_reaches_the_api_as_it_is(escape: str) -> None:
    command = read_command(
        a_command("", raw=f'{{"operation": "place_order", "body": {{"note": {escape}}}}}'.encode())
    )

    assert json.loads(command.body) == {"note": json.loads(escape)}
