"""What a browser does with the policy: nothing that got into a page as markup is run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from monitor.services.admission import issue_link, link
from tests.monitor.web.served import serving
from tests.monitor.web.staging import Stage, fill
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

pytestmark = pytest.mark.browser

CAUGHT = "(run) => { try { run(); return 'done'; } catch (error) { return error.name; } }"
HOSTILE = [
    "<img src=x onerror='window.stolen = 1'>",
    "<script>window.stolen = 1</script>",
    "<svg><script>window.stolen = 1</script></svg>",
    "<iframe srcdoc='<script>parent.stolen = 1</script>'></iframe>",
    "<a href=' javascript:window.stolen = 1'>x</a>",
    "<template><img src=x onerror='window.stolen = 1'></template>",
    "<form action='data:text/html,x'></form>",
    "<base href='https://evil.example/'>",
    "<style>body{background:red}</style>",
    "<link rel=stylesheet href=/static/vigie.css>",
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A list of incidents, opened by somebody who came in."""
    stage = Stage(Path(tmp_path_factory.mktemp("policy")) / "vigie.db")
    fill(stage)
    with serving(stage.url, "--by-link") as (host, port), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context().new_page()
        page.set_default_timeout(120_000)
        page.goto(link(f"http://{host}:{port}", issue_link(stage.engine)))
        page.wait_for_url(f"http://{host}:{port}/")
        yield page
        browser.close()
    stage.engine.dispose()


def stolen(page: Page) -> bool:
    """Whether any of it was run, once the page had the time to."""
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    return bool(page.evaluate("() => 'stolen' in window"))


@pytest.mark.parametrize("markup", HOSTILE)
def test_markup_that_brings_something_to_run_is_not_taken(page: Page, markup: str) -> None:
    script = f"(markup) => ({CAUGHT})(() => document.createElement('div').innerHTML = markup)"
    assert page.evaluate(script, markup) == "TypeError"
    assert not stolen(page)


def test_markup_without_is_taken(page: Page) -> None:
    harmless = "<ul><li><a href='/sources'>x</a></li></ul><svg><path d='M0 0'/></svg>"
    script = f"(markup) => ({CAUGHT})(() => document.createElement('div').innerHTML = markup)"
    assert page.evaluate(script, harmless) == "done"
    assert page.evaluate(script, "") == "done"


@pytest.mark.parametrize(
    "script",
    [
        "document.createElement('script').text = 'window.stolen = 1'",
        "document.createElement('script').src = '/static/vigie.js'",
        "new DOMParser().parseFromString('<script>1</script>', 'text/html')",
        "document.write('<b>x</b><script>window.stolen = 1</script>')",
        "trustedTypes.createPolicy('mine', { createHTML: (x) => x })",
        "trustedTypes.createPolicy('vigie', { createHTML: (x) => x })",
    ],
)
def test_texts_become_no_scripts(page: Page, script: str) -> None:
    assert page.evaluate(f"({CAUGHT})(() => {{ {script}; }})") == "TypeError"
    assert not stolen(page)


def test_the_policy_holds_for_what_the_parser_meets(page: Page) -> None:
    """As a hole in our escaping would have it, past Trusted Types: hostile markup is put into the
    page's own answer, with a script that this very origin has."""
    address = page.url

    def injected(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        hostile = "".join(HOSTILE) + "<script src='/static/enter.js'></script>"
        body = answer.text().replace("</main>", f"{hostile}</main>")
        route.fulfill(response=answer, body=body)  # type: ignore[attr-defined]

    page.route(address, injected)
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text))
    page.goto(address)
    page.unroute(address)
    assert not stolen(page)
    assert sum("Content Security Policy" in text for text in violations) >= 4
