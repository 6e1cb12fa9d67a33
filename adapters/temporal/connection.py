"""Connecting to Temporal: lazily for callers, with patience for workers. Knows no workflow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.service import KeepAliveConfig, RetryConfig

from adapters.temporal.converter import data_converter
from adapters.temporal.encryption import EncryptionCodec

_log = logging.getLogger(__name__)
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
# Callers have a bound of their own and accept the order without an answer: no use in asking for long.
_CALLERS_RETRY: Final = RetryConfig(initial_interval_millis=50, max_elapsed_time_millis=1_500, max_retries=5)
# A server that vanished without closing its connections is noticed within this time.
_KEEP_ALIVE: Final = KeepAliveConfig(interval_millis=10_000, timeout_millis=5_000)


class TemporalSettings(Protocol):
    """The part of the settings that is needed here."""

    @property
    def temporal_address(self) -> str:
        """host:port."""
        ...

    @property
    def temporal_namespace(self) -> str:
        """Where workflows live."""
        ...

    @property
    def encrypt_payloads(self) -> bool:
        """Whether payloads are encrypted."""
        ...

    @property
    def payload_key(self) -> SecretStr:
        """Base64 of the current key."""
        ...

    @property
    def payload_key_id(self) -> str:
        """The current key's id."""
        ...

    @property
    def payload_previous_keys(self) -> Sequence[SecretStr]:
        """Keys that old histories still need, each as `id:base64`."""
        ...


async def lazy_client(settings: TemporalSettings) -> Client:
    """A client that connects when it is first used, so that the API starts while Temporal is away."""
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=converter_for(settings),
        retry_config=_CALLERS_RETRY,
        keep_alive_config=_KEEP_ALIVE,
        lazy=True,
    )


async def connected_client(settings: TemporalSettings) -> Client:
    """A client for a worker; keeps trying until Temporal is there, whoever does not want that cancels it."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return await Client.connect(
                settings.temporal_address,
                namespace=settings.temporal_namespace,
                data_converter=converter_for(settings),
                keep_alive_config=_KEEP_ALIVE,
            )
        except RuntimeError as error:  # what the SDK raises when nobody answers there
            _log.warning("Temporal at %s is away, trying again: %s", settings.temporal_address, error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def converter_for(settings: TemporalSettings) -> DataConverter:
    """JSON, encrypted when the settings say so."""
    return data_converter(codec_for(settings)) if settings.encrypt_payloads else data_converter()


def codec_for(settings: TemporalSettings) -> EncryptionCodec:
    """Encrypts with the current key and reads with all; whether it is used is another setting."""
    previous = (key.get_secret_value().partition(":") for key in settings.payload_previous_keys)
    keys = {key_id: key for key_id, _, key in previous}
    keys[settings.payload_key_id] = settings.payload_key.get_secret_value()
    return EncryptionCodec(settings.payload_key_id, keys)
