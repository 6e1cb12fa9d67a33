"""How patiently callbacks are sent, and how their settings are read. Sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

_LARGEST_PORT: Final = 65_535
_LONGEST_DOUBLING: Final = 30


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits between tries of a callback: `first`, doubled each time up to `cap`, at most `tries` tries."""

    first: timedelta = timedelta(milliseconds=200)
    cap: timedelta = timedelta(seconds=10)
    tries: int = 20

    def after(self, tries: int) -> timedelta | None:
        """The wait after that many failed tries; None when the callback is given up."""
        if tries >= self.tries:
            return None
        doubled: timedelta = self.first * (1 << min(tries - 1, _LONGEST_DOUBLING))
        return min(doubled, self.cap)


@dataclass(frozen=True, slots=True)
class Sending:
    """What signs callbacks (`whsec_<base64>`), and how many are sent at once, each for how long."""

    secret: str = field(repr=False)
    back_off: BackOff = BackOff()
    timeout: timedelta = timedelta(seconds=5)
    at_once: int = 16


def port_of(text: str, variable: str) -> int:
    """A port in a setting. Raises `ValueError` with the name of the variable and the remedy."""
    if text.isascii() and text.isdigit() and int(text) <= _LARGEST_PORT:
        return int(text)
    message = f"{variable}: a port from 0 to {_LARGEST_PORT}, not {text!r}"
    raise ValueError(message)
