"""Health in one page, and the settings that hold: what each shows, and to whom."""

from starlette.testclient import TestClient

from monitor.effective import sections_of
from monitor.services.effective import Whence
from monitor.settings import Metrics, Settings, Web
from monitor.web.app import create_app
from tests.monitor.web.conftest import TERMS, Console


def test_health_says_what_is_not_well_first(empty: Console) -> None:
    browser = empty.signed_in()
    page = browser.get("/health").text
    assert page.index("not well") < page.index('is-well"')
    assert "No engine has run here yet." in page
    assert "vigie run" in page
    told = browser.get("/api/v1/health").json()
    assert {"engine", "disk", "audit", "responders"} <= {one["name"] for one in told["lines"]}
    assert "Aucun moteur" in empty.signed_in("fr").get("/health").text


def test_settings_say_who_said_them_and_no_secret(empty: Console) -> None:
    settings = Settings(web=Web(port=9_000), metrics=Metrics(token="swordfish-nobody-sees"))
    said = {"web.port": Whence.FILE, "metrics.token": Whence.ENVIRONMENT}
    app = create_app(
        empty.stage.url,
        now=empty.clock,
        engine=empty.stage.engine,
        terms=TERMS,
        sections=sections_of(settings, said),
    )
    browser = TestClient(
        app, base_url="http://127.0.0.1:8320", headers={"sec-fetch-site": "same-origin"}
    )
    browser.post("/enter", data={"key": empty.admission.issue_link()})
    page = browser.get("/settings").text
    assert "web.port" in page
    assert "9000" in page
    assert "the file" in page
    assert "set, not shown" in page
    assert "swordfish" not in page
    assert "web.processes" not in page
    whole = browser.get("/settings?all=1").text
    assert "web.processes" in whole
    assert "needs a restart" in whole
    assert "without settings" in empty.signed_in().get("/settings").text
