"""What passes by itself is taken for an outage everywhere, not for a defect that ends a process."""

import asyncpg
import pytest

from adapters.postgres.projections.runner import PASSING
from adapters.wiring import OUTAGES


@pytest.mark.parametrize("known", [OUTAGES, PASSING])
@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("nobody listens"),
        TimeoutError("no answer"),
        asyncpg.ConnectionDoesNotExistError("gone"),
        asyncpg.InterfaceError("closed"),
        # A pooled connection that was killed, met before asyncpg has noticed.
        asyncpg.InternalClientError("got result for unknown protocol state"),
    ],
)
def test_a_server_that_went_away_is_an_outage(known, error):
    assert isinstance(error, known)
