"""What went wrong is as private as what was asked: messages and stack traces are encrypted too."""

from __future__ import annotations

from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from adapters.temporal.converter import data_converter
from adapters.temporal.encryption import ENCODING, EncryptionCodec

KEY = "b3JkZXJrZWVwLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDE="
CONVERTER = data_converter(EncryptionCodec("k1", {"k1": KEY}))


def _raised() -> ApplicationError:
    try:
        _deliver()
    except ApplicationError as error:
        return error
    raise AssertionError


def _deliver() -> None:
    raise ApplicationError("Secret Street 7 is wrong", {"to": "Secret Street 7"}) from ValueError(
        "no house at Secret Street 7"
    )


async def test_a_failure_tells_nothing_without_its_key() -> None:
    failure = Failure()

    await CONVERTER.encode_failure(_raised(), failure)

    assert b"Secret" not in failure.SerializeToString()
    assert b"test_encrypted_failures" not in failure.SerializeToString()  # the stack trace
    for each in (failure, failure.cause):
        assert each.message == "Encoded failure"
        assert each.stack_trace == ""
        assert each.encoded_attributes.metadata["encoding"] == ENCODING


async def test_with_the_key_the_whole_failure_is_there_again() -> None:
    failure = Failure()
    await CONVERTER.encode_failure(_raised(), failure)

    error = await CONVERTER.decode_failure(failure)

    assert isinstance(error, ApplicationError)
    assert error.message == "Secret Street 7 is wrong"
    assert error.details == ({"to": "Secret Street 7"},)
    assert str(error.__cause__) == "ValueError: no house at Secret Street 7"
