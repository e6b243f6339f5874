"""A model is shown by its hash and how often it was right; one that cannot be used says why."""

import shutil
from pathlib import Path

from monitor.models.store import MANIFEST, SHIPPED, read_manifest
from monitor.services.actor import operator
from monitor.services.model_cards import ModelCards


def test_the_shipped_ones_are_shown_with_what_their_diagram_drew() -> None:
    found = ModelCards().all(operator(), "fr")
    assert (found.is_on, found.is_shipped, found.trouble) == (True, True, "")
    assert found.manifest == read_manifest(SHIPPED)
    assert found.card.startswith("# Fiche du modèle")
    for one in found.models:
        assert found.manifest is not None
        assert one.sha256 == found.manifest.models[one.name].sha256
        assert 0 < one.heard <= one.features
        assert one.reliability
        for each in one.reliability:
            assert each.share.value is not None
            assert each.share.low <= each.share.value <= each.share.high


def test_what_was_changed_since_has_no_say_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(SHIPPED, folder)
    (folder / "account_sharing.json").write_text("{}")
    found = ModelCards(folder, is_on=False).all(operator(), "en")
    assert not found.is_shipped
    assert "account_sharing.json" in found.trouble
    (folder / MANIFEST).unlink()
    assert MANIFEST in ModelCards(folder).all(operator(), "en").trouble
