"""Every page of the console, as a browser shows it: it fits any screen, keeps nobody out, and its
pictures are kept to be looked at."""

import re
from pathlib import Path
from typing import Final

import pytest

from monitor.services.actor import Role
from monitor.web.navigation import ROOMS
from tests.axe.axe import barriers, overhang
from tests.console.showing import PICTURES, Showing
from tests.monitor.faults.running import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.idp, pytest.mark.timeout(600)]

WITHIN: Final = {
    "incident": ("/incidents?sort=severest", r"/incidents/[0-9a-f-]{36}"),
    "account": ("/incidents?sort=severest", r"/accounts/[0-9a-f]{16}"),
    "ticket": ("/tickets", r"/tickets/\d+"),
    "measure": ("/measures", r"/measures/\d+"),
    "tenant": ("/directory/tenants", r"/directory/tenants/[\w.%~-]+"),
    "source": ("/sources", r"/sources/\d+"),
    "detector": ("/detectors", r"/detectors/impossible_travel"),
    "hygiene-tenant": ("/hygiene", r"/hygiene\?tenant=[\w.%~-]+"),
    "reviewer": ("/reviewers", r"/reviewers/(?!new)[\w-]+"),
}
"""Pages of one thing: the list that leads to them, and how their addresses look."""
LOOKS: Final = ((360, "fr", "dark"), (1280, "en", "light"), (2560, "fr", "light"))
"""A phone, a laptop, a wall: each language, both colours."""
BELOW: Final = {"rights": ("account", "/rights"), "findings": ("incident", "/findings")}
"""Pages that stand below one of those."""
BESIDE: Final = (
    "/hygiene/report",
    "/settings?all=1",
    "/sources/new",
    "/measures/new",
    "/policy/edit",
    "/directory/import",
    "/directory/tenants",
    "/incidents?group=account",
    "/incidents?q=nobody-is-called-so",
)
"""Pages that no menu and no list leads to, and a list of nothing."""
PAGES: Final = [*(room.path for room in ROOMS), *WITHIN, *BELOW, *BESIDE]


def wait_for_hygiene(shown: Showing) -> None:
    """Until accounts are looked through: that begins after the history is read."""
    with shown.client(Role.ADMINISTRATOR) as client:

        def is_there() -> bool:
            return bool(client.get("/api/v1/hygiene").json()["items"])

        wait_until(is_there, "hygiene is looked through", 240)


def path_of(shown: Showing, name: str) -> str:
    """The address of a page, or of the first thing that its list leads to."""
    if "hygiene" in name:
        wait_for_hygiene(shown)
    if name in BELOW:
        above, rest = BELOW[name]
        return path_of(shown, above) + rest
    if name not in WITHIN:
        return name
    listed, pattern = WITHIN[name]
    with shown.client(Role.ADMINISTRATOR) as client:
        found = re.search(f'href="({pattern})"', client.get(listed).text)
    assert found is not None, f"{listed} leads to no {name}"
    return found[1]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_any_screen_and_keeps_nobody_out(shown: Showing, name: str, axe: Path) -> None:
    path = path_of(shown, name)
    PICTURES.mkdir(parents=True, exist_ok=True)
    found = {}
    for width, language, theme in LOOKS:
        page = shown.enter(width=width, language=language, theme=theme)
        shown.open(page, path)
        assert page.get_attribute("html", "lang") == language
        assert page.get_attribute("html", "data-bs-theme") == theme
        assert overhang(page) == 0
        called = re.sub(r"\W+", "-", name).strip("-") or "overview"
        page.screenshot(path=PICTURES / f"{called}-{width}.png")
        if width < 2_000:
            found[width] = barriers(page, axe)
        page.context.close()
    assert not any(found.values()), f"{path}: {found}"
