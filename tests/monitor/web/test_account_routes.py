"""All of an account's addresses are there, and the model that weighs it is opened when it is asked
for and not before."""

from pathlib import Path

import pytest

from detectors.core.identity import Subject, SubjectKind
from monitor.web import account_routes
from tests.monitor.web.conftest import TERMS, Console
from tests.monitor.web.staging import TENANT, Stage, shared_account

HANDLE = Subject(SubjectKind.ACCOUNT, TENANT, "u-20417").handle()


def test_the_models_are_read_once_and_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    really = account_routes.open_weigher

    def counting(settings):  # type: ignore[no-untyped-def]
        opened.append(settings)
        return really(settings)

    monkeypatch.setattr(account_routes, "open_weigher", counting)
    stage = Stage(tmp_path / "v.db")
    shared_account(stage)
    client = Console(stage, {}, TERMS).signed_in()
    for path in ("", "/activity", "/rights", "/export?masked"):
        client.get(f"/accounts/{HANDLE}{path}")
    assert len(opened) == 1
    assert client.get(f"/api/v1/accounts/{HANDLE}/people").status_code == 200
    assert len(opened) == 1
