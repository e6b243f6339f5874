"""The register says what is kept of end users who prove who they are, and for how long."""

from monitor.protection.processing import NOTHING_SAID
from monitor.protection.proving import proving
from monitor.protection.register import register


def test_it_says_for_how_long_in_both_languages() -> None:
    entry = proving(NOTHING_SAID)
    assert any("90 days" in text.en and "90 jours" in text.fr for text in entry.retention)


def test_no_biometric_data_is_taken_and_that_is_said() -> None:
    assert any("never a fingerprint" in text.en for text in proving(NOTHING_SAID).data)


def test_it_is_in_the_register() -> None:
    assert proving(NOTHING_SAID) in register(NOTHING_SAID).entries


def test_it_says_how_long_what_applications_asked_is_kept() -> None:
    asked = f"{NOTHING_SAID.details} days"
    told = proving(NOTHING_SAID).retention
    assert any("application asked" in text.en and asked in text.en for text in told)
