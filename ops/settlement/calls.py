"""The API as these commands use it: one answer for each call, refusals as errors an operator can read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from secrets import token_hex
from typing import Annotated, Any

import httpx
import typer

from ops.errors import OperatorError
from ops.folder import default_folder
from ops.stack import running_api_url

Url = Annotated[str | None, typer.Option(envvar="ORDERKEEP_URL", help="Base URL of the API.")]
Key = Annotated[str | None, typer.Option(envvar="ORDERKEEP_API_KEY", help="If the API wants one.")]
_PATIENCE = 60.0


class ApiRefusedError(OperatorError):
    """The API said no; the text has its slug and its advice."""


class MoneyApi:
    """Calls the API; `url` is by default that of the copy that runs here."""

    def __init__(self, url: str | None, key: str | None, client: httpx.Client | None = None) -> None:
        base = url or running_api_url(default_folder(os.environ))
        if not base:
            raise OperatorError("no API: name one with --url, or start one with `orderkeep up`")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # Without the environment's proxies: a proxy would see the key.
        self._client = client or httpx.Client(timeout=_PATIENCE, trust_env=False)
        self._base = base.rstrip("/")
        self._headers = headers

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON of a page."""
        return self._sent("GET", path, params=query).json()

    def text(self, path: str) -> str:
        """A page as it is."""
        return self._sent("GET", path).text

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON of what was done; each call is a request of its own."""
        headers = {"Idempotency-Key": f"cli-{token_hex(8)}"}
        return self._sent("POST", path, json=body, headers=headers).json()

    def _sent(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        try:
            answer = self._client.request(
                method, self._base + path, headers={**self._headers, **(headers or {})}, **more
            )
        except httpx.RequestError as error:
            raise OperatorError(f"the API at {self._base} does not answer ({type(error).__name__})") from None
        if answer.is_success:
            return answer
        try:
            problem = answer.json()
            told = f"{problem['code']}: {problem['detail']} {problem.get('reason', '')}".strip()
        except (ValueError, KeyError, TypeError):
            told = f"status {answer.status_code}"
        raise ApiRefusedError(told)
