"""What a description may hold, and how each mistake is named."""

import tomllib

import pytest

from monitor.formats.described.description import Csv, Field, Json, TimeField, description_of
from monitor.formats.described.errors import DescriptionError


def test_places_may_stand_alone_or_with_what_is_made_of_them() -> None:
    got = description_of(
        tomllib.loads(
            """
            kind = "json"
            only = { type = ["login", "logout"], "a.b" = 4624 }
            [fields]
            time = { from = ["ts", "@timestamp"], format = "unix_ms", zone = "Europe/Paris" }
            account = ["user.id", "user.sub"]
            ip = { from = "xff", split = ",", item = -1 }
            mfa = { from = "amr", values = { otp = true }, otherwise = false }
            event = { constant = "LOGON" }
            """
        )
    )
    assert isinstance(got, Json)
    assert got.only == {"type": ("login", "logout"), "a.b": 4624}
    assert got.fields.account == ("user.id", "user.sub")
    assert got.fields.ip == Field(places="xff", split=",", item=-1)
    zone = TimeField(places=("ts", "@timestamp"), format="unix_ms", zone="Europe/Paris")
    assert got.fields.time == zone
    assert got.nothing == ("", "-")
    assert got.unmatched == "reject"


def test_a_kind_has_keys_of_its_own() -> None:
    got = description_of({"kind": "csv", "columns": "a;b", "delimiter": ";", "fields": {}})
    assert isinstance(got, Csv)
    assert (got.columns, got.delimiter, got.quote) == ("a;b", ";", '"')


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("fields.time = 'x'", "kind", "missing required field `kind`"),
        ("kind = 'jso'\nfields = {}", "kind", "Invalid value 'jso'"),
        ("kind = 'json'", "", "missing required field `fields`"),
        ("kind = 'json'\nfeilds = {}", "feilds", "did you mean fields?"),
        ("kind = 'json'\npattern = 'x'\nfields = {}", "pattern", "there are kind, title"),
        ("kind = 'csv'\nfields = {}", "", "missing required field `columns`"),
        ("kind = 'csv'\ncolumns = []\nfields = {}", "columns", "length >= 1"),
        ("kind = 'csv'\ncolumns = 'a'\ndelimiter = '::'\nfields = {}", "delimiter", "length <= 1"),
        ("kind = 'regex'\nfields = {}", "", "missing required field `pattern`"),
        ("kind = 'json'\nfields.acount = 'x'", "fields.acount", "did you mean account?"),
        ("kind = 'json'\nfields.ip = {form = 'x'}", "fields.ip.form", "did you mean from?"),
        ("kind = 'json'\nfields.time = {zne = 'x'}", "fields.time.zne", "did you mean zone?"),
        ("kind = 'json'\nfields.time = 3", "fields.time", "got `int`"),
        ("kind = 'json'\nfields.ip = {header = 'x'}", "fields.ip.header", "Invalid enum value"),
        ("kind = 'json'\nfields.ip = {from = ''}", "fields.ip.from", "length >= 1"),
        ("kind = 'json'\nfields = {}\nonly.a.b = 'x'", "only[...]", "got `object`"),
        ("kind = 'json'\nfields = {}\nenvelope = 'x'", "envelope", "Invalid enum value 'x'"),
    ],
)
def test_a_mistake_is_named_by_its_key(text: str, key: str, reason: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        description_of(tomllib.loads(text))
    assert caught.value.key == key
    assert reason in caught.value.reason
