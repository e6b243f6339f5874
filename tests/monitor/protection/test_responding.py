"""Whoever is told of people outside stands in the register by name, as the settings have it."""

from pathlib import Path

from msgspec import structs

from monitor.protection.responding import responding
from monitor.settings import Settings
from tests.monitor.protection.test_register import FACTS


def test_recipients_are_those_of_the_settings() -> None:
    alone = responding(FACTS)
    assert any("no responder" in one.en for one in alone.recipients)
    assert alone.transfers[0].en == "None"
    told = responding(structs.replace(FACTS, responders=(("tracker", "jira"),)))
    assert any("tracker (jira)" in one.fr for one in told.recipients)
    assert "leaves these machines" in told.transfers[0].en


def test_the_settings_say_which_there_are(tmp_path: Path) -> None:
    table = {"kind": "mail", "host": "h", "sender": "v@a.example", "to": ["s@a.example"]}
    settings = Settings(data=tmp_path, responders={"post": table})
    assert settings.processing().responders == (("post", "mail"),)
