"""The directory's pages: what is there, what is changed, and nothing that nobody touched."""

import re

import pytest
from starlette.testclient import TestClient

from detectors.core.identity import as_uuid
from monitor.directory.account import AccountChanges, account_id
from monitor.directory.origin import Origin
from monitor.directory.tenant import tenant_id
from monitor.services.actor import operator
from monitor.services.directory import Directory
from tests.monitor.services.people import program
from tests.monitor.web.conftest import NOW, Console

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
VERSION = re.compile(r'name="version" value="([0-9]+)"')
ANN = f"/directory/accounts/{as_uuid(account_id('acme', 'u-1'))}"
ACME = f"/directory/tenants/{as_uuid(tenant_id('acme'))}"


@pytest.fixture
def directory(empty: Console) -> Directory:
    """One account that an identity provider told of."""
    made = Directory(empty.stage.engine, empty.clock)
    scim = program("directory:provision")
    said = AccountChanges(display_name="Ann <b>Lee", email="a@example.com", roles=("agent",))
    made.provision(scim, "acme", "u-1", said, Origin.SCIM)
    return made


@pytest.fixture
def browser(empty: Console, directory: Directory) -> TestClient:
    return empty.signed_in()


def sent(browser: TestClient, path: str, **form: str) -> tuple[int, str]:
    page = browser.get(path).text
    token, version = TOKEN.search(page), VERSION.search(page)
    assert token
    data = {"token": token[1], "version": version[1] if version else "", **form}
    answer = browser.post(path, data=data)
    if answer.status_code == 303:
        return 303, browser.get(answer.headers["location"]).text
    return answer.status_code, answer.text


def test_accounts_are_listed_searched_and_added(browser: TestClient) -> None:
    page = browser.get("/directory").text
    assert "Ann &lt;b&gt;Lee" in page
    assert ANN in page
    assert "There is no such account" in browser.get("/directory?q=nobody").text
    code, page = sent(browser, "/directory", tenant="acme", uid="u-2", display_name="Bob")
    assert (code, "Bob" in page) == (303, True)
    code, page = sent(browser, "/directory", tenant="acme", uid="u-2")
    assert (code, "there is an account u-2 already" in page) == (422, True)


def test_further_accounts_are_on_the_next_page(browser: TestClient, directory: Directory) -> None:
    for number in range(60):
        directory.create(operator(), "acme", f"v-{number:02}", AccountChanges())
    page = browser.get("/directory?tenant=acme").text
    following = re.search(r'href="(/directory\?[^"]*cursor=[^"]*)"', page)
    assert following
    assert "v-59" not in page
    second = browser.get(following[1].replace("&amp;", "&")).text
    assert "v-59" in second
    assert "u-1</bdi>" not in second


def test_only_what_was_touched_is_a_persons_word(browser: TestClient, directory: Directory) -> None:
    form = {"do": "save", "display_name": "Ann Lee", "email": "a@example.com", "roles": "agent"}
    code, page = sent(browser, ANN, **form, privileged="no", aliases="", started="")
    assert (code, "Ann Lee" in page) == (303, True)
    origins = directory.account(operator(), account_id("acme", "u-1")).account.origins
    assert origins["display_name"].origin is Origin.PERSON
    assert origins["email"].origin is Origin.SCIM
    assert "privileged" not in origins
    sent(browser, ANN, do="release", field="display_name")
    origins = directory.account(operator(), account_id("acme", "u-1")).account.origins
    assert origins["display_name"].origin is Origin.LOG


def test_sharing_offboarding_and_merging(browser: TestClient, directory: Directory) -> None:
    until = "2026-08-01"
    code, page = sent(browser, ANN, do="share", owner="Bob", reason="desk", until=until)
    assert (code, "shared, authorised" in page) == (303, True)
    code, page = sent(browser, ANN, do="share", owner="Bob", reason="desk", until="2001-01-01")
    assert (code, "within a year" in page) == (409, True)
    assert "person" in sent(browser, ANN, do="unshare", reason="over")[1]
    assert "offboarded" in sent(browser, ANN, do="offboard", reason="left")[1]
    directory.create(operator(), "acme", "u-2", AccountChanges())
    assert sent(browser, ANN, do="merge", duplicate="u-2")[0] == 303
    stored = directory.account(operator(), account_id("acme", "u-1"))
    assert stored.account.aliases == ("u-2",)
    assert sent(browser, ANN, do="merge", duplicate="nobody")[0] == 404


def test_what_was_changed_meanwhile_is_not_overwritten(
    browser: TestClient, directory: Directory
) -> None:
    token = TOKEN.search(browser.get(ANN).text)
    assert token
    form = {"token": token[1], "version": "7", "do": "save", "locale": "fr"}
    answer = browser.post(ANN, data=form)
    assert (answer.status_code, "changed meanwhile" in answer.text) == (409, True)


def test_a_tenant_is_shown_and_changed(browser: TestClient) -> None:
    code, page = sent(browser, ACME, zone="Europe/Paris", seats="2", contacts="Ann <a@example.com>")
    assert (code, "Europe/Paris" in page, "Ann &lt;a@example.com&gt;" in page) == (303, True, True)
    code, page = sent(browser, ACME, zone="Mars")
    assert (code, "no such time zone" in page, 'value="Mars"' in page) == (409, True, True)
    assert ACME in browser.get("/directory/tenants").text


def test_it_speaks_french(empty: Console, directory: Directory) -> None:
    browser = empty.signed_in("fr")
    for path in ("/directory", ANN, "/directory/tenants", ACME, "/directory/import"):
        page = browser.get(path)
        assert page.status_code == 200
        assert 'lang="fr"' in page.text
    assert "existe déjà" in sent(browser, "/directory", tenant="acme", uid="u-1")[1]
    assert "fuseau inconnu" in sent(browser, ACME, zone="Mars")[1]


def test_a_form_from_elsewhere_changes_nothing(browser: TestClient) -> None:
    assert browser.post(ANN, data={"do": "offboard"}).status_code == 403


def test_clock_of_the_console_is_the_directorys(directory: Directory) -> None:
    assert directory.account(operator(), account_id("acme", "u-1")).created == NOW
