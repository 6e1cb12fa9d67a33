"""The progress line of a replay. Shows what the driver counts; counts nothing itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from ops.replay.driving import Driver
from ops.replay.report import speed


class _Figures(ProgressColumn):
    def __init__(self, driver: Driver) -> None:
        super().__init__()
        self._driver = driver

    def render(self, task: Task) -> Text:  # noqa: ARG002 - rich gives the task to every column
        refused = len(self._driver.results.refused)
        return Text(f"{speed(self._driver.watch)}; {refused} refused")


@contextmanager
def progress(console: Console, driver: Driver, steps: int) -> Iterator[Callable[[], None]]:
    """A line that lives as long as the replay; call what it gives after each step."""
    columns = (TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), _Figures(driver))
    with Progress(*columns, console=console, refresh_per_second=4) as shown:
        task = shown.add_task("Replaying", total=steps)

        def seen() -> None:
            shown.advance(task)

        yield seen
