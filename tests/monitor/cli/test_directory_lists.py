"""Lists on the command line: nothing is taken over that was not confirmed."""

import json
from pathlib import Path

import pytest

from tests.monitor.cli.test_directory import ask, config

__all__ = ["config"]

LIST = "identifiant;langue;couleur\nu-1;fr;red\nu-2;en;\nu-3;?;\n"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "staff.csv"
    path.write_bytes(LIST.encode("cp1252"))
    return path


def uids(capsys: pytest.CaptureFixture[str], config: Path) -> list[str]:
    return [one["uid"] for one in json.loads(ask(capsys, config, "accounts", "--json").out)]


def test_it_is_shown_taken_over_and_undone(
    config: Path, given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = ask(capsys, config, "import", given, "--tenant", "acme", "--dry-run")
    assert shown.code == 0
    for part in ("3 lines", "2 added", "1 refused", "columns left out: couleur", "(line 4) u-3"):
        assert part in shown.told
    assert uids(capsys, config) == []
    done = ask(capsys, config, "import", given, "--tenant", "acme", "--yes")
    assert (done.code, "taken over as import 2" in done.told) == (0, True)
    assert uids(capsys, config) == ["u-1", "u-2"]
    assert "applied" in ask(capsys, config, "imports").told
    assert ask(capsys, config, "undo", 2).code == 0
    assert uids(capsys, config) == []
    assert ask(capsys, config, "undo", 2).code == 1


def test_without_a_word_nothing_is_taken_over(
    config: Path, given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = ask(capsys, config, "import", given, "--tenant", "acme")
    assert (done.code, "--yes" in done.told) == (1, True)
    assert uids(capsys, config) == []


def test_changes_are_told_field_by_field(
    config: Path, given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(capsys, config, "import", given, "--tenant", "acme", "--yes")
    ask(capsys, config, "set", "u-2", "locale=pt")
    given.write_text("uid,locale,email\nu-1,de,a@example.com\nu-2,fr,\n")
    told = ask(capsys, config, "import", given, "--tenant", "acme", "--dry-run").told
    assert "locale fr → de" in told
    assert "email nothing → a@example.com" in told
    found = json.loads(
        ask(capsys, config, "import", given, "--tenant", "acme", "--dry-run", "--json").out
    )
    assert found["counts"] == {"changed": 1, "unchanged": 1}
    assert ["locale", "fr", "de"] in found["rows"][0]["changes"]


def test_half_a_list_offboards_nobody(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("uid\n" + "".join(f"u-{n}\n" for n in range(20)))
    ask(capsys, config, "import", path, "--tenant", "acme", "--yes")
    path.write_text("uid\nu-0\n")
    asked = ("import", path, "--tenant", "acme", "--missing", "offboard", "--yes")
    refused = ask(capsys, config, *asked)
    assert (refused.code, "19 of 20 people" in refused.told) == (1, True)
    assert ask(capsys, config, *asked, "--missing-at-most", 19).code == 0


def test_a_column_means_what_is_said(
    config: Path, given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapped = ("--column", "couleur=display_name", "--column", "langue=")
    ask(capsys, config, "import", given, "--tenant", "acme", "--yes", *mapped)
    told = json.loads(ask(capsys, config, "show", "u-1", "--json").out)
    assert (told["display_name"], told["locale"]) == ("red", "")


def test_an_export_is_read_back(
    config: Path, given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(capsys, config, "import", given, "--tenant", "acme", "--yes")
    out = tmp_path / "out.csv"
    assert ask(capsys, config, "export", "--out", out, "--semicolon").code == 0
    assert out.read_bytes().startswith(b'\xef\xbb\xbf"uid";"tenant"')
    again = ask(capsys, config, "import", out, "--dry-run", "--json")
    assert json.loads(again.out)["counts"] == {"unchanged": 2}


def test_what_is_no_list_is_said(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"PK\x03\x04")
    done = ask(capsys, config, "import", path)
    assert (done.code, "save the sheet as CSV" in done.told) == (1, True)
    assert ask(capsys, config, "import", tmp_path / "none.csv").code == 1


def test_an_empty_tenant_writes_out_nobody_and_takes_nobody(
    config: Path, given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for deed in (("export",), ("import", given, "--yes"), ("accounts",), ("show", "u-1")):
        done = ask(capsys, config, *deed, "--tenant", "")
        assert (done.code, done.out) == (2, "")
