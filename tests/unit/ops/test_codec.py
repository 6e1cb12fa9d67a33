"""The codec server opens payloads for those who may read them, on the page that may ask."""

from __future__ import annotations

import logging

import httpx
import pytest
from fastapi import FastAPI
from google.protobuf.json_format import MessageToJson, Parse
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload, Payloads

from adapters.settings import Environment, Settings
from adapters.temporal.encryption import EncryptionCodec
from ops import codec

OLD = "b3JkZXJrZWVwLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDE="
NEW = "b3JkZXJrZWVwLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDI="
SECRET = Payload(metadata={"encoding": b"json/plain"}, data=b'"Secret Street 7"')
PAGE = "https://temporal.example"
GOOD = {"authorization": "Bearer sesame", "content-type": "application/json", "x-namespace": "default"}


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://codec")


@pytest.fixture
def server():
    settings = Settings(
        payload_key=SecretStr(NEW),
        payload_key_id="new",
        payload_previous_keys=(SecretStr(f"old:{OLD}"),),
        codec_token=SecretStr("sesame"),
        temporal_ui_url=f"{PAGE}/namespaces",
    )
    return client_of(codec.app_for(settings))


def body(*payloads: Payload) -> str:
    return MessageToJson(Payloads(payloads=payloads))


def payloads_of(answer) -> list[Payload]:
    assert answer.status_code == 200, answer.text
    return list(Parse(answer.text, Payloads()).payloads)


async def test_what_it_encodes_it_decodes_again(server):
    sealed = await server.post("/encode", content=body(SECRET, SECRET), headers=GOOD)
    opened = await server.post("/decode", content=sealed.content, headers=GOOD)

    assert b"json/plain" not in b"".join(each.SerializeToString() for each in payloads_of(sealed))
    assert payloads_of(opened) == [SECRET, SECRET]


async def test_it_decodes_what_workers_wrote_under_a_key_of_before(server):
    sealed = await EncryptionCodec("old", {"old": OLD}).encode([SECRET])

    assert payloads_of(await server.post("/decode", content=body(*sealed), headers=GOOD)) == [SECRET]


async def test_no_payloads_are_no_mistake(server):
    assert payloads_of(await server.post("/decode", content="{}", headers=GOOD)) == []


@pytest.mark.parametrize("path", ["/encode", "/decode"])
@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic sesame", "sesame", "Bearer ", "Bearer ä"])
async def test_nobody_reads_without_the_token(server, path, given):
    headers = {} if given is None else {"authorization": given.encode()}

    answer = await server.post(path, content=body(SECRET), headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"code": "unauthorised"})
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_page_of_temporal_may_ask(server):
    wish = {"origin": PAGE, "access-control-request-method": "POST"}
    asked = await server.options(
        "/decode", headers=wish | {"access-control-request-headers": ", ".join(GOOD)}
    )
    answer = await server.post("/decode", content=body(SECRET), headers=GOOD | {"origin": PAGE})

    assert asked.status_code == 200
    assert payloads_of(answer) == [SECRET]
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://temporal.example", f"{PAGE}.evil", "null"]
)
async def test_another_page_may_not(server, origin):
    wish = {"origin": origin, "access-control-request-method": "POST"}

    answers = [
        await server.options("/decode", headers=wish),
        await server.post("/decode", content=body(SECRET), headers=GOOD | {"origin": origin}),
    ]

    assert [each.status_code for each in answers] == [400, 403]
    assert all("access-control-allow-origin" not in each.headers for each in answers)


async def test_without_a_page_only_programs_may_ask():
    app = codec.create_app(EncryptionCodec("new", {"new": NEW}), "sesame", "")
    server = client_of(app)

    assert (await server.post("/decode", content="{}", headers=GOOD)).status_code == 200
    refused = await server.post("/decode", content="{}", headers=GOOD | {"origin": PAGE})
    assert refused.status_code == 403


@pytest.mark.parametrize("path", ["/encode", "/decode"])
@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[1]", b"\xff", b'{"payloads": 5}', b'{"other": 1}', b'{"payloads":' + b"[" * 100_000],
)
async def test_what_is_no_list_of_payloads_is_refused(server, path, text):
    answer = await server.post(path, content=text, headers=GOOD)

    assert (answer.status_code, answer.json()) == (400, {"code": "bad_payloads"})


async def test_a_body_beyond_every_history_is_refused(server):
    answer = await server.post("/decode", content=b" " * (codec.LARGEST_BODY + 1), headers=GOOD)

    assert (answer.status_code, answer.json()) == (413, {"code": "body_too_large"})


async def test_a_payload_of_a_foreign_key_and_one_that_was_changed_are_told_apart(server):
    (foreign,) = await EncryptionCodec("gone", {"gone": OLD}).encode([SECRET])
    (changed,) = await EncryptionCodec("new", {"new": NEW}).encode([SECRET])
    changed.data = changed.data[:-1] + bytes([changed.data[-1] ^ 1])

    answers = [await server.post("/decode", content=body(each), headers=GOOD) for each in (foreign, changed)]

    assert [each.status_code for each in answers] == [422, 422]
    assert [each.json()["code"] for each in answers] == ["unknown_payload_key", "unreadable_payload"]


async def test_nothing_that_was_asked_is_logged(server, caplog):
    caplog.set_level(logging.DEBUG)

    await server.post("/encode", content=body(SECRET), headers=GOOD)
    await server.post("/decode", content=b'{"Secret Street 7', headers=GOOD)

    assert "Secret" not in caplog.text
    assert "sesame" not in caplog.text


async def test_it_says_that_it_is_well(server):
    assert (await server.get("/health")).json() == {"status": "ok"}


def test_production_needs_a_token_of_its_own(monkeypatch):
    published = Settings().model_copy(update={"environment": Environment.PRODUCTION})
    empty = Settings(codec_token=SecretStr(""))

    for settings in (published, empty):
        with pytest.raises(ValueError, match="ORDERKEEP_CODEC_TOKEN"):
            codec.app_for(settings)
    codec.app_for(published.model_copy(update={"codec_token": SecretStr("sesame")}))


def test_the_process_ends_with_its_remedy(monkeypatch, capsys):
    monkeypatch.setenv("ORDERKEEP_CODEC_TOKEN", "")

    with pytest.raises(SystemExit) as ended:
        codec.main()

    assert ended.value.code == 2
    assert "ORDERKEEP_CODEC_TOKEN" in capsys.readouterr().err
