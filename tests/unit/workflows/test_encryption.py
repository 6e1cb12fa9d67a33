"""Payloads are unreadable without their key, and old keys go on reading."""

import pytest
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload

from adapters.settings import Settings
from adapters.temporal.connection import converter_for
from adapters.temporal.encryption import (
    ENCODING,
    EncryptionCodec,
    InvalidPayloadKeyError,
    UnknownPayloadKeyError,
    UnreadablePayloadError,
)

OLD = "b3JkZXJrZWVwLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDE="
NEW = "b3JkZXJrZWVwLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDI="
SECRET = Payload(metadata={"encoding": b"json/plain"}, data=b'{"street":"Secret Street 7"}')


async def test_what_is_encrypted_can_be_read_again() -> None:
    codec = EncryptionCodec("new", {"new": NEW})

    (sealed,) = await codec.encode([SECRET])

    assert sealed.metadata["encoding"] == ENCODING
    assert b"Secret" not in sealed.SerializeToString()
    assert await codec.decode([sealed]) == [SECRET]


async def test_the_same_payload_never_looks_the_same_twice() -> None:
    codec = EncryptionCodec("new", {"new": NEW})

    first, second = await codec.encode([SECRET, SECRET])

    assert first.data != second.data


async def test_an_old_key_still_reads_what_it_wrote_after_rotation() -> None:
    (sealed,) = await EncryptionCodec("old", {"old": OLD}).encode([SECRET])
    rotated = EncryptionCodec("new", {"new": NEW, "old": OLD})

    (fresh,) = await rotated.encode([SECRET])

    assert await rotated.decode([sealed]) == [SECRET]
    assert fresh.metadata["encryption-key-id"] == b"new"


async def test_payloads_from_before_encryption_pass() -> None:
    assert await EncryptionCodec("new", {"new": NEW}).decode([SECRET]) == [SECRET]


async def test_a_key_that_is_not_known_is_named() -> None:
    (sealed,) = await EncryptionCodec("old", {"old": OLD}).encode([SECRET])

    with pytest.raises(UnknownPayloadKeyError, match="old"):
        await EncryptionCodec("new", {"new": NEW}).decode([sealed])


async def test_a_changed_payload_is_not_read() -> None:
    codec = EncryptionCodec("new", {"new": NEW, "old": OLD})
    (sealed,) = await codec.encode([SECRET])
    sealed.data = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])

    with pytest.raises(UnreadablePayloadError):
        await codec.decode([sealed])


async def test_a_payload_cannot_be_pointed_at_another_key() -> None:
    codec = EncryptionCodec("new", {"new": NEW, "old": NEW})
    (sealed,) = await codec.encode([SECRET])
    sealed.metadata["encryption-key-id"] = b"old"

    with pytest.raises(UnreadablePayloadError):
        await codec.decode([sealed])


@pytest.mark.parametrize("key", ["no base64!", "c2hvcnQ="])
def test_a_key_of_the_wrong_form_is_refused(key: str) -> None:
    with pytest.raises(InvalidPayloadKeyError):
        EncryptionCodec("new", {"new": key})


def test_the_current_key_must_be_among_the_keys() -> None:
    with pytest.raises(InvalidPayloadKeyError):
        EncryptionCodec("new", {"old": OLD})


async def test_settings_name_the_keys_that_old_histories_still_need(monkeypatch) -> None:
    monkeypatch.setenv("ORDERKEEP_PAYLOAD_PREVIOUS_KEYS", f"old:{OLD}")
    rotated = Settings(encrypt_payloads=True, payload_key=SecretStr(NEW), payload_key_id="new")
    (sealed,) = await EncryptionCodec("old", {"old": OLD}).encode([SECRET])

    codec = converter_for(rotated).payload_codec

    assert codec is not None
    assert await codec.decode([sealed]) == [SECRET]


async def test_settings_choose_the_current_key_and_keep_the_previous_ones() -> None:
    (sealed,) = await EncryptionCodec("old", {"old": OLD}).encode([SECRET])

    codec = converter_for(_settings(f"old:{OLD}")).payload_codec

    assert codec is not None
    (fresh,) = await codec.encode([SECRET])
    assert fresh.metadata["encryption-key-id"] == b"new"
    assert await codec.decode([sealed]) == [SECRET]


def test_payloads_are_plain_unless_settings_say_otherwise() -> None:
    assert converter_for(Settings()).payload_codec is None


@pytest.mark.parametrize("text", ["old", "old:", "old:c2hvcnQ="])
def test_previous_keys_of_the_wrong_form_are_refused(text: str) -> None:
    with pytest.raises(InvalidPayloadKeyError):
        converter_for(_settings(text))


def _settings(*previous: str) -> Settings:
    return Settings(
        encrypt_payloads=True,
        payload_key=SecretStr(NEW),
        payload_key_id="new",
        payload_previous_keys=tuple(SecretStr(key) for key in previous),
    )
