"""Whatever msgspec says of a policy is said in French too."""

import msgspec
import pytest

from alerts.misfit import told
from alerts.policy import Policy


@pytest.mark.parametrize(
    ("document", "french"),
    [
        ({"version": "one"}, "attendu un entier, reçu un texte"),
        ({"rules": {}}, "attendu une liste, reçu une table"),
        ({"nonsense": 1}, "champ inconnu\u00a0: nonsense"),
        ({"mode": "fly"}, "valeur inconnue\u00a0: 'fly'"),
        ({"approvals": 7}, "attendu un entier <= 1"),
        ({"rules": [{"name": "a"}]}, "il manque le champ then"),
        ({"rules": [{"name": "a", "then": []}]}, "attendu une liste de longueur >= 1"),
    ],
)
def test_each_shape_is_said_in_both_languages(document: dict[str, object], french: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(document, Policy, strict=True)
    why = str(caught.value).partition(" - at ")[0]
    assert (told(why).en, told(why).fr) == (why, french)


def test_a_pattern_is_told_as_it_is() -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"rules": [{"name": "{0} B", "then": ["notify"]}]}, Policy)
    why = str(caught.value).partition(" - at ")[0]
    assert told(why).fr.startswith("attendu un texte de la forme '^[a-z0-9]")


def test_what_has_no_known_shape_is_left() -> None:
    assert told("Something {0} else").fr == "Something {0} else"
