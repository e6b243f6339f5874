"""Words: every fact in both languages, whatever its particulars."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.hygiene.facts import Detail, Fact
from monitor.hygiene.words import ADVICE, TITLES, advice_of, sentence_of, title_of

FULL: dict[Fact, dict[str, Detail]] = {
    Fact.DORMANT: {"days": 60, "never": 0},
    Fact.GENERIC_NAME: {"name": "poste1", "reason": "machine"},
    Fact.PRIVILEGED_WITHOUT_STRONG_FACTOR: {"factor": "none"},
    Fact.NO_MFA: {"said_by": "log"},
    Fact.OUTDATED_BROWSER: {"browser": "chrome", "version": "109"},
    Fact.OUTDATED_SYSTEM: {"system": "windows", "version": "6.1"},
    Fact.STALE_SESSION: {"days": 20},
    Fact.OFFBOARDED_ACTIVE: {"days": 3},
    Fact.UNKNOWN_TO_DIRECTORY: {"days": 0},
    Fact.WEAK_FACTOR: {"methods": "sms"},
    Fact.PRIVILEGED_WITHOUT_PASSKEY: {"methods": "totp"},
    Fact.UNREVIEWED_ALERT: {"count": 2, "days": 5},
}


@pytest.mark.parametrize("fact", Fact)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_fact_is_said(fact: Fact, language: str) -> None:
    told = sentence_of(fact, FULL[fact], language)
    assert "?" not in told
    assert "{" not in told
    assert title_of(fact, language)
    assert advice_of(fact, language)


def test_both_languages_differ() -> None:
    for fact in Fact:
        assert ADVICE[fact].en != ADVICE[fact].fr
        assert sentence_of(fact, FULL[fact], "en") != sentence_of(fact, FULL[fact], "fr")
    assert set(TITLES) == set(ADVICE) == set(Fact)


def test_an_account_that_was_never_used_is_said_so() -> None:
    told = sentence_of(Fact.DORMANT, {"days": 60, "never": 1}, "fr")
    assert told == "Jamais utilisé en 60 jours"


@given(
    st.sampled_from(Fact),
    st.dictionaries(
        st.sampled_from(("name", "reason", "days", "factor", "said_by", "browser", "{0}", "")),
        st.text(max_size=40) | st.integers(),
    ),
)
def test_any_particulars_are_borne_on_one_line(fact: Fact, detail: dict[str, Detail]) -> None:
    told = sentence_of(fact, detail, "en")
    assert told.splitlines() in ([told], [])
