"""How provisioning talks to whoever watches: one line at a time, to wherever the caller wants it."""

from collections.abc import Callable

Say = Callable[[str], None]


def silent(_line: str) -> None:
    """Say nothing: for tests and for callers that only want the result."""
