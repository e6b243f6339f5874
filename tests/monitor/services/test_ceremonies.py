"""What a browser keeps for us comes back only for what, whom and how long it was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.services.ceremonies import LIFETIME, Ceremonies, Ceremony, Purpose
from monitor.services.keyring import Keyring
from tests.monitor.services.reviewing import Clock


@pytest.mark.parametrize("purpose", Purpose)
def test_it_comes_back_for_its_purpose_and_owner_while_it_lasts(purpose: Purpose) -> None:
    clock = Clock()
    ceremonies = Ceremonies(Keyring(b"p"), clock)
    begun = Ceremony(b"secret", clock(), b"user")
    text = ceremonies.seal(purpose, "account:a", begun)
    assert ceremonies.open(purpose, "account:a", text) == begun
    assert ceremonies.open(purpose, "account:b", text) is None
    for other in set(Purpose) - {purpose}:
        assert ceremonies.open(other, "account:a", text) is None
    assert Ceremonies(Keyring(b"q"), clock).open(purpose, "account:a", text) is None
    clock.now += LIFETIME
    assert ceremonies.open(purpose, "account:a", text) is None
    clock.now -= LIFETIME + 1
    assert ceremonies.open(purpose, "account:a", text) is None


@given(st.text(max_size=100))
def test_any_text_is_nothing(text: str) -> None:
    assert Ceremonies(Keyring(b"p")).open(Purpose.PROVE, "account:a", text) is None
