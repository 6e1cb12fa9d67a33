"""Who folds looks for garbage seldom, and leaves the process as it was."""

import gc

import pytest

from adapters.postgres.projections.collecting import collecting_seldom


def test_garbage_is_looked_for_seldom_during_the_block_only():
    before = gc.get_threshold()

    with collecting_seldom():
        during = gc.get_threshold()

    assert during[0] > 10 * before[0]
    assert gc.isenabled()
    assert gc.get_threshold() == before


def test_a_block_that_fails_leaves_it_as_it_was_too():
    before = gc.get_threshold()

    with pytest.raises(KeyError), collecting_seldom():
        raise KeyError

    assert gc.get_threshold() == before
