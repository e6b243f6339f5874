"""What every learned model's features say of themselves, so that cards and findings can tell it."""

import pytest

from detectors.core.feature import Described
from detectors.sharing import features as sharing
from detectors.takeover import features as takeover

MODELS: dict[str, tuple[Described, ...]] = {
    "account_sharing": tuple(sharing.FEATURES),
    "unusual_sign_in": tuple(takeover.FEATURES),
}


@pytest.mark.parametrize("model", MODELS)
def test_each_says_in_both_languages_what_it_is_and_where_it_points(model: str) -> None:
    features = MODELS[model]
    assert len({feature.name for feature in features}) == len(features) > 0
    for feature in features:
        assert feature.unit.strip(), feature.name
        assert feature.words.en.strip() != feature.words.fr.strip(), feature.name
        assert feature.rises in (True, False, None), feature.name
