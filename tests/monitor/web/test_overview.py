"""The overview is the first page, and says where in the menu one is."""

from tests.monitor.web.conftest import Console


def test_the_first_page_is_the_overview_and_leads_to_the_incidents(console: Console) -> None:
    page = console.signed_in().get("/").text
    assert 'href="/" aria-current="page"' in page
    assert 'href="/incidents"' in page
