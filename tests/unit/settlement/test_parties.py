"""Names of parties, terms and statements."""

from dataclasses import replace

import pytest

from domain.errors import InvalidValueError
from domain.settlement.cycles import period_of
from domain.settlement.parties import CHANNEL, PLATFORM, Party, PartyKind, merchant, party_named
from domain.settlement.statement import Account, statement_id
from domain.settlement.terms import Cycle, MerchantTerms, terms_for
from tests.unit.settlement.stories import NOON


@pytest.mark.parametrize("party", [merchant("tea"), merchant("a:b"), PLATFORM, CHANNEL])
def test_a_party_is_found_by_its_name(party):
    assert party_named(party.name) == party


@pytest.mark.parametrize("name", ["", "merchant", "merchant:", "platform:x", "bank", "channel:"[:-1] + "s"])
def test_a_name_of_nobody_is_refused(name):
    with pytest.raises(InvalidValueError):
        party_named(name)


def test_only_merchants_have_an_id():
    with pytest.raises(InvalidValueError):
        Party(PartyKind.CHANNEL, "card")


@pytest.mark.parametrize("rate", [-1, 10_001])
def test_a_commission_is_a_part_of_the_whole(rate):
    with pytest.raises(InvalidValueError):
        MerchantTerms("tea", rate)


def test_a_merchant_without_an_agreement_has_the_terms_of_everybody():
    assert terms_for("tea", {}) == MerchantTerms("tea", 500, delivers=True, cycle=Cycle.WEEK_LATER)


def test_a_period_of_an_account_has_one_statement_id():
    account = Account(merchant("tea"), "CNY")
    day = period_of(Cycle.NEXT_DAY, NOON)
    name = statement_id(account, Cycle.NEXT_DAY, day)

    assert name == statement_id(account, Cycle.NEXT_DAY, period_of(Cycle.NEXT_DAY, day.start))
    others = {
        statement_id(replace(account, currency="JPY"), Cycle.NEXT_DAY, day),
        statement_id(Account(PLATFORM, "CNY"), Cycle.NEXT_DAY, day),
        statement_id(account, Cycle.NEXT_DAY, period_of(Cycle.NEXT_DAY, day.end)),
        statement_id(account, Cycle.MONTHLY, period_of(Cycle.MONTHLY, NOON)),
    }
    assert len({name, *others}) == 5
