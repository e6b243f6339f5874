"""Every reason is told in both languages, and by the provider's name."""

import pytest

from monitor.oidc.refusal import Reason
from monitor.oidc.wording import TOLD, told


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_told_in_both_languages(reason: Reason) -> None:
    english, french = (told(reason, "{Keycloak}", language) for language in ("en", "fr"))
    assert english != french
    for text in (english, french):
        assert text.endswith(".")
        assert "{provider}" not in text
    assert ("{provider}" in TOLD[reason].en) == ("{provider}" in TOLD[reason].fr)
