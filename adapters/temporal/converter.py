"""Payloads as JSON by pydantic. One converter for the process: the SDK asks for a new one per workflow."""

from __future__ import annotations

from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadCodec,
)

# Building a validator for a nested dataclass takes milliseconds; a converter of its own for each workflow
# would build all of them again for every order.
_SHARED: Final = PydanticJSONPlainPayloadConverter()


class SharedJsonConverter(EncodingPayloadConverter):
    """`PydanticJSONPlainPayloadConverter` whose validators outlive a single workflow."""

    @property
    def encoding(self) -> str:
        """`json/plain`."""
        return _SHARED.encoding

    def to_payload(self, value: Any) -> Payload | None:
        """The value as JSON."""
        return _SHARED.to_payload(value)

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """JSON as a value of the hinted type. Raises `pydantic.ValidationError`."""
        return _SHARED.from_payload(payload, type_hint)


class OrderPayloadConverter(CompositePayloadConverter):
    """The SDK's converters, with JSON done by pydantic."""

    def __init__(self) -> None:
        json = SharedJsonConverter()
        super().__init__(
            *(
                json if isinstance(converter, JSONPlainPayloadConverter) else converter
                for converter in DefaultPayloadConverter.default_encoding_payload_converters
            )
        )


def data_converter(codec: PayloadCodec | None = None) -> DataConverter:
    """How everything that Temporal keeps is written. With a codec, failures' messages are encrypted too."""
    if codec is None:
        return DataConverter(payload_converter_class=OrderPayloadConverter)
    return DataConverter(
        payload_converter_class=OrderPayloadConverter,
        payload_codec=codec,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
