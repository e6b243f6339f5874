"""Each detector's runbook is there in both languages, and no name leads out of its folder."""

import pytest

from detectors.core.registry import classes
from monitor.services.runbooks import runbook


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_detector_has_one(language: str) -> None:
    found = {name: runbook(kind.about.runbook, language) for name, kind in classes().items()}
    assert all(text.startswith("# ") for text in found.values())
    assert len(set(found.values())) == len(found)


def test_no_name_leads_elsewhere() -> None:
    assert runbook("runbooks/../design", "en") == ""
    assert runbook("runbooks/nothing", "en") == ""
