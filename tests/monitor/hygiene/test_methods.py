"""How strong a factor is by its name, as directories and logs in use write them."""

import pytest

from monitor.hygiene.methods import Strength, strength_of, strongest


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("webauthn", Strength.PASSKEY),
        ("webauthn-passwordless", Strength.PASSKEY),
        ("FIDO2", Strength.PASSKEY),
        ("u2f", Strength.PASSKEY),
        ("security key", Strength.PASSKEY),
        ("passkey", Strength.PASSKEY),
        ("totp", Strength.CODE),
        ("otp", Strength.CODE),
        ("Microsoft Authenticator", Strength.CODE),
        ("sms", Strength.WEAK),
        ("SMS_OTP", Strength.WEAK),
        ("email", Strength.WEAK),
        ("push", Strength.WEAK),
        ("phone-call", Strength.WEAK),
        ("something else", None),
        ("", None),
    ],
)
def test_the_name_tells(name: str, strength: Strength | None) -> None:
    assert strength_of(name) is strength


def test_the_strongest_that_somebody_has() -> None:
    assert strongest(("sms", "totp", "?")) is Strength.CODE
    assert strongest(("?",)) is None
    assert strongest(()) is None
