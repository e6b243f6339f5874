"""What the settings say of challenges is what they are put on."""

from pathlib import Path

from detectors.core.event import HOUR, MINUTE
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.settings import Mfa, Settings, Web


def test_without_a_word_they_are_ten_minutes_and_five_answers() -> None:
    terms = ChallengeTerms()
    assert (terms.lifetime, terms.attempts, terms.most_open) == (10 * MINUTE, 5, 3)
    assert (terms.lasts, terms.origins, terms.closes) == (12 * HOUR, (), False)


def test_they_are_what_the_settings_say(tmp_path: Path) -> None:
    mfa = Mfa(
        challenge_minutes=5,
        challenge_attempts=3,
        open_challenges=2,
        assurance_hours=1,
        return_to=("https://app.example",),
        close_passed=True,
    )
    settings = Settings(data=tmp_path, mfa=mfa, web=Web(public_url="https://vigie.example"))
    assert settings.challenges == ChallengeTerms(
        address="https://vigie.example",
        lifetime=5 * MINUTE,
        attempts=3,
        most_open=2,
        lasts=HOUR,
        origins=("https://app.example",),
        closes=True,
    )
