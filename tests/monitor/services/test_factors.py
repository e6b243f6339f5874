"""Whose factors they are lists, adds, renames and revokes them; and hears of every change."""

import json

import pytest
from sqlalchemy import Engine

from detectors.core.event import Change
from monitor.mfa.passkeys import RelyingParty
from monitor.services.actor import Role
from monitor.services.factor_words import (
    KNOWN,
    NO_PASSKEYS,
    NOT_TAKEN,
    NOT_THERE,
    NOTHING_TO_RECOVER,
    TOO_LATE,
    TOO_MANY,
    WRONG_CODE,
)
from monitor.services.factors import FactorError, Level, Method
from monitor.store import factors as stored
from monitor.store.factors import Owner
from tests.monitor.mfa.authenticator import BE, BS, Authenticator, bytes_of
from tests.monitor.services.factored import ANA, BOB, ORIGIN, Holder
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import person
from tests.monitor.services.reviewing import DESK, NOON

ME, OTHER = ANA.owner, BOB.owner


@pytest.fixture
def holder(database: Engine) -> Holder:
    return Holder(database)


def refused(error: pytest.ExceptionInfo[FactorError]) -> str:
    return error.value.text.en


def test_levels_compare_as_assurance_does() -> None:
    assert Level.AAL2 > Level.AAL1
    assert Method("passkey") is Method.PASSKEY


def test_several_are_listed_by_their_names_and_nothing_else_is(holder: Holder) -> None:
    assert not holder.factors.has_any(ME)
    phone, _ = holder.passkey(name=" My\nphone ")
    phone.flags |= BE | BS
    copied = Authenticator(ORIGIN)
    copied.flags |= BE | BS
    holder.passkey(device=copied, name="Cloud")
    holder.totp(name="App")
    holder.factors.new_codes(ME)
    told = [(one.kind, one.name, one.left, one.backed_up) for one in holder.factors.listed(ME)]
    assert told == [
        (Method.PASSKEY, "My phone", None, False),
        (Method.PASSKEY, "Cloud", None, True),
        (Method.TOTP, "App", None, False),
        (Method.RECOVERY, "", 10, False),
    ]
    assert holder.factors.has_any(ME)
    assert holder.factors.listed(OTHER) == []
    assert len({one.handle for one in holder.factors.listed(ME)}) == 4


def test_nothing_is_kept_as_itself(holder: Holder) -> None:
    device, _ = holder.passkey()
    app = holder.totp()
    with holder.engine.begin() as connection:
        kept = b"".join(row.secret for row in stored.of(connection, ME))
    assert device.credential not in kept
    assert holder.secrets[app.handle] not in kept


def test_all_of_somebody_s_passkeys_are_kept_under_one_random_name(holder: Holder) -> None:
    first, _ = holder.passkey()
    offer = holder.factors.offer_passkey(ME, "ann@acme.example", "Ann")
    asked = json.loads(offer.options)
    assert bytes_of(asked["user"]["id"]) == first.user
    assert len(first.user) == 32
    assert [bytes_of(one["id"]) for one in asked["excludeCredentials"]] == [first.credential]
    assert holder.passkey(OTHER)[0].user != first.user


def test_one_page_adds_one_passkey_for_whom_it_was_shown(holder: Holder) -> None:
    device = Authenticator(ORIGIN)
    offer = holder.factors.offer_passkey(ME, "ann", "Ann")
    answer = device.make(offer.options)
    with pytest.raises(FactorError) as error:
        holder.factors.add_passkey(OTHER, offer.state, answer, "mine")
    assert refused(error) == TOO_LATE.en
    holder.factors.add_passkey(ME, offer.state, answer, "mine")
    with pytest.raises(FactorError) as error:
        holder.factors.add_passkey(ME, offer.state, answer, "mine")
    assert refused(error) == KNOWN.en
    late = holder.factors.offer_passkey(ME, "ann", "Ann")
    holder.later(16 * 60_000)
    with pytest.raises(FactorError) as error:
        holder.factors.add_passkey(ME, late.state, Authenticator(ORIGIN).make(late.options), "x")
    assert refused(error) == TOO_LATE.en
    elsewhere = Authenticator("https://evil.test")
    with pytest.raises(FactorError) as error:
        holder.passkey(device=elsewhere)
    assert refused(error) == NOT_TAKEN.en
    assert len(holder.factors.listed(ME)) == 1


def test_what_was_begun_for_one_thing_serves_no_other(holder: Holder) -> None:
    holder.passkey()
    states = [
        holder.factors.ask_passkey(ME).state,
        holder.factors.offer_passkey(ME, "a", "A").state,
        "",
        "!",
        "A" * 9_000,
    ]
    for state in states:
        with pytest.raises(FactorError) as error:
            holder.factors.add_totp(ME, state, "123456", "")
        assert refused(error) == TOO_LATE.en


def test_a_secret_counts_once_its_first_code_was_shown_and_that_code_is_used(
    holder: Holder,
) -> None:
    offer = holder.factors.offer_totp(ME, "ann@acme.example")
    assert offer.picture.startswith("data:image/svg+xml;base64,")
    with pytest.raises(FactorError) as error:
        holder.factors.add_totp(ME, offer.state, "000000", "")
    assert refused(error) == WRONG_CODE.en
    assert not holder.factors.has_any(ME)
    again = holder.factors.offer_totp(ME, "ann@acme.example", offer.state)
    assert again == offer, "nobody scans anew because of a slip"
    assert holder.factors.offer_totp(OTHER, "bob", offer.state).key_typed != offer.key_typed
    secret = offer.key_typed.replace(" ", "")
    code = holder._code(secret)
    holder.factors.add_totp(ME, offer.state, code, "")
    assert holder.by_code(code) is None
    with pytest.raises(FactorError) as error:
        holder.factors.add_totp(ME, offer.state, code, "")
    assert refused(error) == KNOWN.en


def test_there_are_not_more_than_may_be(holder: Holder) -> None:
    for number in range(3):
        holder.totp(name=str(number))
    with pytest.raises(FactorError) as error:
        holder.factors.offer_totp(ME, "ann")
    assert refused(error) == TOO_MANY.en
    for number in range(10):
        holder.passkey(name=str(number))
    with pytest.raises(FactorError):
        holder.factors.offer_passkey(ME, "ann", "Ann")
    holder.passkey(OTHER)


def test_codes_stand_in_for_something(holder: Holder) -> None:
    with pytest.raises(FactorError) as error:
        holder.factors.new_codes(ME)
    assert refused(error) == NOTHING_TO_RECOVER.en
    holder.totp()
    first, second = holder.factors.new_codes(ME), holder.factors.new_codes(ME)
    assert len(second) == 10
    assert holder.by_code(first[0]) is None
    assert holder.by_code(second[0]) is not None
    assert holder.factors.listed(ME)[-1].left == 9


def test_what_is_revoked_proves_nothing(holder: Holder) -> None:
    device, passkey = holder.passkey()
    app = holder.totp()
    codes = holder.factors.new_codes(ME)
    holder.factors.rename(ME, passkey.handle, "Old phone")
    assert holder.factors.listed(ME)[0].name == "Old phone"
    for one in holder.factors.listed(ME):
        with pytest.raises(FactorError) as error:
            holder.factors.revoke(OTHER, one.handle)
        assert refused(error) == NOT_THERE.en
        holder.factors.revoke(ME, one.handle)
        with pytest.raises(FactorError):
            holder.factors.revoke(ME, one.handle)
    assert holder.prove(device) is None
    assert holder.by_code(holder.code(app)) is None
    assert holder.by_code(codes[0]) is None
    assert not holder.factors.has_any(ME)


def test_every_change_is_written_down_and_told_by_mail_and_to_the_detectors(
    holder: Holder,
) -> None:
    holder.know()
    device = Authenticator(ORIGIN)
    offer = holder.factors.offer_passkey(ME, "ann", "Ann")
    made = holder.factors.add_passkey(
        ME, offer.state, device.make(offer.options), "Phone", client=DESK
    )
    holder.factors.new_codes(ME)
    holder.factors.rename(ME, made.handle, "Old phone")
    reviewer = person(Role.ANALYST)
    holder.factors.revoke(ME, made.handle, by=reviewer, reason="stolen")
    account = f"account:{ANA.key}"
    mine = [deed for deed in deeds(holder.engine) if deed[0].startswith("factors:")]
    assert mine == [
        ("factors:added", account, "acme"),
        ("factors:added", account, "acme"),
        ("factors:renamed", account, "acme"),
        ("factors:removed", account, "acme"),
    ]
    assert contents(holder.engine)[-1]["reason"] == "stolen"
    told = [(one.template, one.values["change.en"]) for one in holder.orders()]
    assert told == [
        ("factor_changed", "A passkey “Phone” was added."),
        ("factor_changed", "A set of recovery codes was added."),
        ("factor_changed", "A passkey “Old phone” was taken away."),
    ]
    first, *_, last = holder.orders()
    assert first.target is not None
    assert first.target.email == "ann@acme.example"
    assert first.values["address"] == DESK.ip
    assert "decider.fr" in last.values
    events = [(one.change, one.account, one.actor, one.ip) for one in holder.events()]
    assert events == [
        (Change.FACTOR_ADDED, "u-17", "u-17", DESK.ip),
        (Change.FACTOR_REMOVED, "u-17", reviewer.reference, None),
    ]


def test_a_reviewer_s_are_theirs_by_the_same_code(holder: Holder) -> None:
    reviewer = Owner("reviewer", "r-1")
    device, made = holder.passkey(reviewer)
    assert holder.prove(device, reviewer) is not None
    with holder.engine.begin() as connection:
        stored.replace(connection, reviewer, stored.TOTP, [b"sealed"], NOON)
        stored.replace(connection, reviewer, stored.PASSWORD, [b"sealed"], NOON)
    [_, code] = holder.factors.listed(reviewer)
    with pytest.raises(FactorError):
        # What they sign in with is replaced, and never just gone.
        holder.factors.revoke(reviewer, code.handle)
    holder.factors.revoke(reviewer, made.handle)
    assert holder.events() == []


def test_without_a_relying_party_there_are_no_passkeys_and_codes_all_the_same(
    database: Engine,
) -> None:
    holder = Holder(database, None)
    for ask in (
        lambda: holder.factors.offer_passkey(ME, "a", "A"),
        lambda: holder.factors.ask_passkey(ME),
        lambda: holder.factors.add_passkey(ME, "", "", ""),
    ):
        with pytest.raises(FactorError) as error:
            ask()
        assert refused(error) == NO_PASSKEYS.en
    holder.totp()


def test_with_another_relying_party_none_is_added_beside_those_of_the_first(
    holder: Holder,
) -> None:
    holder.passkey()
    party = RelyingParty("other.test", "Other", ("https://other.test",))
    other = Holder(holder.engine, party)
    with pytest.raises(FactorError) as error:
        other.passkey(OTHER, device=Authenticator("https://other.test"))
    assert refused(error) == NO_PASSKEYS.en
    # Once nothing is bound to the first, the next one fixes it anew.
    holder.factors.revoke(ME, holder.factors.listed(ME)[0].handle)
    other.passkey(OTHER, device=Authenticator("https://other.test"))
    with pytest.raises(FactorError):
        holder.passkey()
