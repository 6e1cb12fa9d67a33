"""How often a process that folds looks for garbage: states hold no cycles, and looking takes its time."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# After so many new objects that are still there; Python's own is 700.
_NEW: Final = 50_000


def collect_seldom() -> None:
    """From now on, in all of this process."""
    gc.set_threshold(_NEW, *gc.get_threshold()[1:])


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """During the block, in all of this process."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
