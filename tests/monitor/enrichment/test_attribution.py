"""The credits say what the licences ask for, in both languages."""

import pytest

from monitor.enrichment.attribution import CREDITS, DB_IP_LINK, FOOTER_HTML, MAXMIND_HTML


def test_the_link_is_exactly_the_one_that_db_ip_asks_for() -> None:
    assert DB_IP_LINK == '<a href="https://db-ip.com">IP Geolocation by DB-IP</a>'


@pytest.mark.parametrize("html", [FOOTER_HTML.en, FOOTER_HTML.fr])
def test_the_footer_carries_link_licence_and_the_other_sources(html: str) -> None:
    assert DB_IP_LINK in html
    assert "https://creativecommons.org/licenses/by/4.0/" in html
    assert "RouteViews" in html
    assert html.count("<a ") == html.count("</a>") == 2


def test_both_languages_say_that_the_data_was_modified() -> None:
    assert "modified" in FOOTER_HTML.en
    assert "modified" in CREDITS.en
    assert "modifiée" in FOOTER_HTML.fr
    assert "modifiée" in CREDITS.fr


@pytest.mark.parametrize("html", [MAXMIND_HTML.en, MAXMIND_HTML.fr])
def test_maxmind_is_credited_as_its_licence_asks(html: str) -> None:
    assert "GeoLite2" in html
    assert '<a href="https://www.maxmind.com">MaxMind</a>' in html
