"""Behind a proxy that nobody named, strangers share what one of them may: that is worth a note."""

import pytest

from monitor.doctor.proxies import look
from monitor.settings import Settings, Web


@pytest.mark.parametrize("public", [None, "http://127.0.0.1:8320"])
def test_without_https_there_is_no_proxy_to_name(public: str | None) -> None:
    assert list(look(Settings(web=Web(public_url=public)))) == []


def test_one_that_is_not_named_is_worth_a_note() -> None:
    (check,) = look(Settings(web=Web(public_url="https://vigie.example")))
    assert check.good
    assert check.noted
    assert "trusted_proxies" in check.remedy


def test_one_that_is_named_is_in_order() -> None:
    web = Web(public_url="https://vigie.example", trusted_proxies=("10.0.0.1",))
    (check,) = look(Settings(web=web))
    assert check.good
    assert not check.noted
    assert check.seen == "10.0.0.1"
