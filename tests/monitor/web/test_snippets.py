"""What is copied says where to, by which key, and is what the settings take."""

import tomllib

import msgspec
import pytest
import yaml

from monitor.settings import Source
from monitor.web.snippets import senders, settings


@pytest.mark.parametrize("address", ["https://vigie.example.com/", "http://localhost:8320"])
def test_senders_have_the_address_and_the_key(address: str) -> None:
    found = senders(address, "crm", "vgk_x")
    assert [one.name for one in found] == ["curl", "vector", "fluent-bit", "rsyslog", "vigie"]
    for one in found:
        assert "vgk_x" in one.text
        assert "@" not in one.text.replace("@sign-ins.ndjson", ""), "nothing is left to fill in"
    [vector] = [one for one in found if one.name == "vector"]
    sink = yaml.safe_load(vector.text)["sinks"]["vigie"]
    assert sink["uri"] == f"{address.rstrip('/')}/api/v1/events"
    [fluent] = [one for one in found if one.name == "fluent-bit"]
    assert ("Tls            On" in fluent.text) is address.startswith("https")


def test_sources_of_the_settings_are_sources() -> None:
    for one in settings():
        [told] = tomllib.loads(one.text)["sources"]
        assert msgspec.convert(told, Source).specification
