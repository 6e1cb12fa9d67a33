"""Keys and what they are for, without any route."""

from __future__ import annotations

from hashlib import sha256

import pytest
from starlette.requests import Request

from api.access import (
    Access,
    ApiKeys,
    InvalidKeyEntryError,
    MerchantNotFoundError,
    Scope,
    WrongScopeError,
    actor_of,
    merchant_of,
    must_own,
    require,
)


def asked_by(access: Access) -> Request:
    return Request({"type": "http", "headers": [], "access": access})


def of(entry: str, key: str = "secret") -> Access:
    found = ApiKeys([entry]).access_of(f"Bearer {key}")
    assert found is not None
    return found


def test_a_plain_key_is_good_for_everything():
    access = of("secret")

    assert access.scopes == frozenset(Scope)
    assert access.merchant_id is None
    assert access.caller == access.actor == sha256(b"secret").hexdigest()[:16]


def test_a_key_has_the_scopes_that_its_entry_names():
    assert of("caller+finance:secret").scopes == {Scope.CALLER, Scope.FINANCE}


def test_a_merchants_key_is_bound_and_acts_under_the_merchants_name():
    access = of("caller+merchant@shop-7:secret")

    assert access.merchant_id == "shop-7"
    assert access.actor == "@shop-7"
    assert access.caller == sha256(b"secret").hexdigest()[:16]


def test_a_merchants_id_may_hold_a_colon():
    assert of("merchant@shop:7:secret").merchant_id == "shop:7"


@pytest.mark.parametrize(
    "entry",
    [
        "operators:secret",
        "caller+:secret",
        ":secret",
        "caller:",
        "merchant@:secret",
        "@shop-7:secret",
        "operator@shop-7:secret",
        "finance+merchant@shop-7:secret",
    ],
)
def test_an_entry_that_means_nothing_is_refused_without_telling_the_key(entry):
    with pytest.raises(InvalidKeyEntryError) as caught:
        ApiKeys([entry])

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_another_key_or_scheme_may_not_call():
    keys = ApiKeys(["operator:secret"])

    assert keys.access_of("Bearer operator:secret") is None
    assert keys.access_of("Bearer other") is None
    assert keys.access_of("Basic secret") is None


def test_in_an_open_api_callers_name_themselves():
    keys = ApiKeys([])

    assert keys.access_of("", "ann") == Access("ann", "ann")
    for unusable in ("", "two words", "x" * 101, "naïve"):
        assert keys.access_of("", unusable) == Access("local", "local")


def test_with_keys_nobody_chooses_a_name():
    assert of("secret") == ApiKeys(["secret"]).access_of("Bearer secret", "somebody-else")


def test_a_call_needs_one_of_its_scopes():
    request = asked_by(of("merchant:secret"))

    require(request, Scope.MERCHANT, Scope.OPERATOR)
    with pytest.raises(WrongScopeError) as caught:
        require(request, Scope.OPERATOR, Scope.FINANCE)

    assert caught.value.facts == {"needed": ["finance", "operator"]}


def test_a_merchant_reaches_its_own_only():
    request = asked_by(of("merchant@shop-7:secret"))

    must_own(request, "shop-7")
    for others in (("shop-8",), ("shop-7", "shop-8")):
        with pytest.raises(MerchantNotFoundError):
            must_own(request, *others)
    assert (actor_of(request), merchant_of(request)) == ("@shop-7", "shop-7")


def test_who_is_not_bound_reaches_all():
    must_own(asked_by(of("merchant:secret")), "shop-7", "shop-8")
