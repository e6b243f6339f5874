"""`vigie formats`: what there is, and whose it is."""

import json
from pathlib import Path

import pytest

from monitor.formats.format import formats
from tests.monitor.cli.calling import call

SETTINGS = """
[formats.crm]
kind = "regex"
title = "Our [CRM]"
pattern = '(?P<user>.*) left (?P<why>.*) at (?P<time>\\S+)'
fields = { time = "time", account = "user", event = { constant = "LOGOFF" } }
"""


@pytest.fixture(autouse=True)
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def test_vigie_s_own_formats_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "formats")
    assert done.code == 0
    for name, one in formats().items():
        assert name in done.told
        assert one.title.split()[0] in done.told


def test_described_ones_come_first_with_what_they_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "vigie.toml").write_text(SETTINGS, encoding="utf-8")
    listed = json.loads(call(capsys, "formats", "--json").out)
    assert [one["name"] for one in listed] == ["crm", *formats()]
    assert listed[0] == {
        "name": "crm",
        "title": "Our [CRM]",
        "of": "the settings: regex; time, event, account; lines of up to 1,024 characters",
    }
    assert {one["of"] for one in listed[1:]} == {"Vigie"}
    assert "Our [CRM]" in call(capsys, "formats").told
