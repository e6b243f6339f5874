"""What the directory's commands share: fields as they are typed, and as they are told."""

import pytest

from monitor.cli.console import CommandError
from monitor.cli.directory_desk import cells_of, pair_of, told_account
from monitor.store.directory import StoredAccount
from tests.monitor.directory.entries import NOW, account


def test_a_value_may_hold_what_parts_it_from_its_field() -> None:
    assert pair_of("a=b=c") == ("a", "b=c")
    assert cells_of(["a=", "b=1"]) == {"a": "", "b": "1"}
    for wrong in ("a", "=b"):
        with pytest.raises(CommandError):
            pair_of(wrong)


def test_an_account_is_told_in_plain_values() -> None:
    told = told_account(StoredAccount(account=account(locale="fr"), version=3, created=NOW))
    assert (told["uid"], told["locale"], told["kind"], told["version"]) == (
        "u-1",
        "fr",
        "person",
        3,
    )
    assert told["origins"]["locale"] == ["csv", NOW - 1]
