"""Who makes the rows of a rebuild: this process, or several more when there is much to do."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from adapters.postgres.projections.collecting import collect_seldom
from adapters.postgres.projections.loading_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.postgres.projections.loading_rows import Rows, Stored

# Below this a process takes longer to begin than to end.
MANY_EVENTS: Final = 50_000
_MOST_HANDS: Final = 4


class Crew:
    """Makes rows; `ahead` chunks may be under way at once."""

    def __init__(self, hands: ProcessPoolExecutor | None, ahead: int) -> None:
        self._hands = hands
        self.ahead = ahead

    async def rows(self, name: str, stored: Sequence[Stored]) -> Rows:
        """The rows that projection `name` has of these streams."""
        if self._hands is None:
            return rows_of(name, stored)
        return await asyncio.get_running_loop().run_in_executor(self._hands, rows_of, name, stored)


@contextmanager
def crew_for(events: int) -> Iterator[Crew]:
    """As many hands as so many events need and this machine has; they end with the block, or with us."""
    hands = min(_MOST_HANDS, os.cpu_count() or 1)
    if events < MANY_EVENTS or hands == 1:
        yield Crew(None, 2)  # one is made while the server writes the other
        return
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(hands, mp_context=fresh, initializer=_begin)
    try:
        yield Crew(pool, hands + 1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever leads decides
    collect_seldom()
    parent = multiprocessing.parent_process()
    assert parent is not None, "a hand has somebody that it belongs to"

    def end_with_it() -> None:
        parent.join()
        os._exit(1)  # it was killed, and nobody will ever ask again

    threading.Thread(target=end_with_it, daemon=True).start()
