"""Upcasters: each step once, in order, from where the event is; newer than ours is never guessed."""

import pytest

from domain.upcasting import UnknownEventTypeError, Upcasters

STEPS = Upcasters(
    {
        "Cup": (
            lambda data: {**data, "path": f"{data['path']} two"},
            lambda data: {**data, "path": f"{data['path']} three"},
        )
    }
)


@pytest.mark.parametrize(
    ("version", "path"), [(1, "from one two three"), (2, "from two three"), (3, "from three")]
)
def test_an_event_takes_the_steps_that_it_lacks_and_no_other(version, path):
    numbers = ["", "one", "two", "three"]

    assert STEPS.upcast("Cup", version, {"path": f"from {numbers[version]}"})["path"] == path


def test_a_type_without_steps_is_at_version_one_and_read_as_it_is():
    assert STEPS.current("Mug") == 1
    assert STEPS.upcast("Mug", 1, {"a": 1}) == {"a": 1}


@pytest.mark.parametrize(("kind", "version"), [("Cup", 4), ("Cup", 0), ("Cup", -1), ("Mug", 2)])
def test_a_version_that_nobody_here_wrote_is_refused(kind, version):
    with pytest.raises(UnknownEventTypeError) as refused:
        STEPS.upcast(kind, version, {"path": ""})

    assert refused.value.facts == {"event_type": kind, "schema_version": version}
