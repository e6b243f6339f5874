"""Values of an event's pairs, whatever a stranger typed into them."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.formats.format import MalformedLine
from monitor.formats.realm import AdminEvent, RealmEvent, is_told, of_fields, of_message

FIXED = {
    "realmId": "r",
    "realmName": "acme",
    "clientId": "crm",
    "userId": "u-1",
    "ipAddress": "::1",
}


def logged(kind: str, details: dict[str, str], quote: str = '"', **fixed: str) -> bytes:
    """A message as the listener writes it: quotes escaped, blanks of every sort made spaces."""
    values = {"type": kind, **FIXED, **fixed, **details}
    return ", ".join(f"{key}={_sanitised(text, quote)}" for key, text in values.items()).encode()


def _sanitised(text: str, quote: str) -> str:
    plain = "".join(" " if each.isspace() else each for each in text)
    return f"{quote}{plain.replace(quote, chr(92) + quote)}{quote}"


def event(message: bytes) -> RealmEvent:
    found = of_message(message)
    assert isinstance(found, RealmEvent)
    return found


@given(
    typed=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
    | st.lists(
        st.sampled_from(['"', "\\", '", ', "userId=", ', error="x', "', a='", "ann", "="]),
        min_size=1,
        max_size=8,
    ).map("".join),
    quote=st.sampled_from(['"', "'"]),
)
@example(typed='", 0=', quote='"')
@example(typed="x', a=", quote="'")
def test_what_was_typed_is_read_back_and_forges_nothing(typed: str, quote: str) -> None:
    details = {"username": typed, "authSessionTabId": "tab"}
    found = event(logged("LOGIN_ERROR", details, quote, error="user_not_found"))
    assert (found.user, found.ip, found.error) == ("u-1", "::1", "user_not_found")
    assert (found.realm, found.client, found.session) == ("acme", "crm", None)
    expected = "".join(" " if each.isspace() else each for each in typed)
    # What is written `\", key="` may be a backslash at the end or a quote inside; nothing else is
    # doubtful, and neither reading reaches what the server says itself.
    if "\\" not in typed:
        assert found.details["username"] == expected
        assert found.details["authSessionTabId"] == "tab"


def test_a_name_that_ends_in_a_backslash_ends_there() -> None:
    details = {"username": "ann\\", "authSessionTabId": "tab", "empty": ""}
    found = event(logged("LOGIN_ERROR", details, error="user_not_found"))
    assert found.details == details


def test_without_quotes_what_the_server_says_comes_first() -> None:
    message = (
        b"type=LOGIN, realmId=acme, clientId=crm, userId=u-1, ipAddress=::1, "
        b"username='a, error=x, userId=u-2'"
    )
    found = event(message)
    assert (found.user, found.error, found.is_error) == ("u-1", None, False)
    spaced = event(message.replace(b"a, error=x, userId=u-2", b"ann smith"))
    assert spaced.username == "ann smith"
    refused = event(message.replace(b"::1,", b"::1, error=user_not_found,"))
    assert refused.error == "user_not_found"


@pytest.mark.parametrize("nothing", ["null", "", "-"])
def test_what_is_not_said_is_none(nothing: str) -> None:
    found = event(logged("LOGIN_ERROR", {}, userId=nothing, ipAddress=nothing, clientId=nothing))
    assert (found.user, found.ip, found.client) == (None, None, None)


def test_the_type_says_whether_it_went_wrong() -> None:
    assert not event(logged("LOGIN", {})).is_error
    assert event(logged("LOGIN_ERROR", {})).is_error
    assert event(logged("LOGIN_ERROR", {})).type == "LOGIN"
    lockout = event(logged("USER_DISABLED_BY_TEMPORARY_LOCKOUT", {}, error="user_disabled"))
    assert not lockout.is_error


@pytest.mark.parametrize("message", [b"typewriter", b"Loading config", b"", b"xtype=LOGIN"])
def test_other_messages_are_none(message: bytes) -> None:
    assert not is_told(message)
    assert of_message(message) is None


def test_what_breaks_off_is_told() -> None:
    with pytest.raises(MalformedLine, match="breaks off"):
        of_message(b'type="LOGIN", realmId="')
    with pytest.raises(MalformedLine, match="breaks off"):
        of_message(b'operationType="DELETE", realmId="x"')


def test_a_listener_may_write_json_into_the_log() -> None:
    found = event(b'JSON_EVENT::{"type":"LOGIN","realmId":"r","userId":"u","time":1700000000000}')
    assert (found.type, found.time) == ("LOGIN", 1_700_000_000_000)


REPRESENTATION: dict[str, Any] = {
    "id": "e-1",
    "time": 1_700_000_000_000,
    "type": "LOGIN_ERROR",
    "realmId": "r",
    "clientId": "crm",
    "userId": "u-1",
    "ipAddress": "192.0.2.7",
    "error": "user_disabled",
    "details": {"username": "ann", "n": 3, "userId": "another", "none": None},
}


def test_a_representation() -> None:
    found = of_fields(REPRESENTATION)
    assert isinstance(found, RealmEvent)
    assert (found.uid, found.time, found.user) == ("e-1", 1_700_000_000_000, "u-1")
    assert (found.realm, found.username, found.is_public) == ("r", "ann", False)
    assert found.details["n"] == "3"
    named = of_fields({**REPRESENTATION, "realmName": "acme", "publicClient": True})
    assert isinstance(named, RealmEvent)
    assert (named.realm, named.is_public) == ("acme", True)


@pytest.mark.parametrize("missing", ["type", "realmId"])
def test_other_objects_are_none(missing: str) -> None:
    assert of_fields({k: v for k, v in REPRESENTATION.items() if k != missing}) is None


@pytest.mark.parametrize("time", [None, "soon", -1, 1e30, [1]])
def test_a_representation_needs_a_time(time: Any) -> None:
    with pytest.raises(MalformedLine):
        of_fields({**REPRESENTATION, "time": time})


def test_an_administrators_act() -> None:
    found = of_fields(
        {
            "time": 1_700_000_000_000,
            "realmId": "r",
            "authDetails": {"realmId": "m", "userId": "adm", "ipAddress": "192.0.2.1"},
            "operationType": "ACTION",
            "resourceType": "USER",
            "resourcePath": "users/u-1/reset-password",
        }
    )
    assert isinstance(found, AdminEvent)
    assert (found.realm, found.actor, found.ip) == ("r", "adm", "192.0.2.1")
    assert found.path == "users/u-1/reset-password"


@pytest.mark.parametrize(("realm", "expected"), [("master", None), ("acme", "acme")])
def test_the_log_names_the_administrators_realm_only(realm: str, expected: str | None) -> None:
    found = of_message(
        f'operationType="DELETE", realmId="m", realmName="{realm}", clientId="c", userId="adm", '
        f'ipAddress="::1", resourceType="USER", resourcePath="users/u-1"'.encode()
    )
    assert isinstance(found, AdminEvent)
    assert found.realm == expected
