"""What was interrupted comes back to who sent it, for a while, and to nobody else."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.services.interruptions import LIFETIME, Interruptions
from monitor.services.keyring import Keyring
from monitor.web.directory_pages import FORM
from tests.monitor.services.reviewing import Clock


def kept(clock: Clock | None = None) -> Interruptions:
    return Interruptions(Keyring(b"p"), clock or Clock())


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=200), max_size=6))
def test_a_form_comes_back_as_it_was_but_for_its_token(fields: dict[str, str]) -> None:
    try:
        "".join([*fields, *fields.values()]).encode()
    except UnicodeEncodeError:
        return
    found = kept().open("r-1", kept().seal("r-1", "/keys", {**fields, "token": "x"}))
    assert found is not None
    fields.pop("token", None)
    assert (found.path, found.fields) == ("/keys", fields)


def test_only_to_who_sent_it_and_for_a_while() -> None:
    clock = Clock()
    sealed = kept(clock).seal("r-1", "/keys", {"do": "create"})
    assert kept(clock).open("r-2", sealed) is None
    assert Interruptions(Keyring(b"q"), clock).open("r-1", sealed) is None
    clock.now += LIFETIME
    assert kept(clock).open("r-1", sealed) is None


@given(st.text(max_size=200))
def test_another_text_is_nothing(text: str) -> None:
    assert kept().open("r-1", text) is None


def test_the_longest_form_of_a_page_comes_back() -> None:
    fields = {"note": "x" * FORM}
    found = kept().open("r-1", kept().seal("r-1", "/directory", fields))
    assert found is not None
    assert found.fields == fields
