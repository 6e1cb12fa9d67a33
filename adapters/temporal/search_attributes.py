"""Makes sure that a Temporal server knows our search attributes, before the first order uses one."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

_log = logging.getLogger(__name__)
_PATIENCE: Final = timedelta(seconds=10)
# How a server says that this is an administrator's affair, or that it is done in another way there.
_NOT_FOR_US: Final = frozenset(
    {
        RPCStatusCode.PERMISSION_DENIED,
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.UNIMPLEMENTED,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.NOT_FOUND,
    }
)


async def ensure_search_attributes(client: Client, wanted: Iterable[SearchAttributeKey[Any]]) -> list[str]:
    """Add what is missing in the client's namespace; the names that were added.

    Several workers may do this at once. A server that does not let us (a managed one) is left as it is, with
    a warning that names what an administrator has to add: orders are refused there until that is done. Raises
    `RPCError` for everything else, such as a server that is busy: then nobody knows what it has.
    """
    operator = client.operator_service
    try:
        known = await operator.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace), timeout=_PATIENCE
        )
        missing = {
            key.name: key.indexed_value_type for key in wanted if key.name not in known.custom_attributes
        }
        if missing:
            added = {name: kind.value for name, kind in missing.items()}
            request = AddSearchAttributesRequest(namespace=client.namespace)
            for name, kind in added.items():
                request.search_attributes[name] = kind  # type: ignore[assignment] # an enum's number, as protobuf has it
            await operator.add_search_attributes(request, timeout=_PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.ALREADY_EXISTS:
            return []  # another worker was faster
        if error.status not in _NOT_FOR_US:
            raise
        names = ", ".join(key.name for key in wanted)
        _log.warning("cannot check the search attributes (%s); needed: %s", error.message, names)
        return []
    return sorted(missing)
