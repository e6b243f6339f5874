"""The page's API asks for a stronger sign-in by RFC 9470, and a client comes back with it.

The provider is npm's `oidc-provider`; the client is one as an application has it, with the
browser's part (following redirects, sending the form) played by a second one with cookies.
"""

import base64
import hashlib
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest
from vigie_client import StepUp

from tests.docs.manual import blocks, sections
from tests.idp.provider import Provider

pytestmark = pytest.mark.idp

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/mfa.md").read_text(encoding="utf-8")
PASSWORD, MFA = "urn:example:pwd", "urn:example:mfa"
API = "https://api.example.com"
BACK = "http://127.0.0.1:1/back"
ANNA = {
    "password": "right",
    "acr": PASSWORD,
    "amr": ["pwd"],
    "stronger": {"code": "246810", "acr": MFA, "amr": ["pwd", "otp"]},
}


@pytest.fixture(scope="module")
def api(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page's own API, as it stands there, on a socket."""
    folder = tmp_path_factory.mktemp("api")
    (block,) = (
        block for block in blocks(sections(PAGE)["Step-up by RFC 9470"]) if block.kind == "python"
    )
    (folder / "page.py").write_text(block.text, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "page:app", "--port", "0"],
        cwd=folder,
        env=os.environ
        | {
            "ISSUER": provider.issuer,
            "AUDIENCE": API,
            "PYTHONPATH": str(ROOT / "clients/python"),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        told = ""
        while (found := re.search(r"running on (http://\S+)", told)) is None:
            line = process.stderr.readline()
            assert line, told
            told += line
        yield found[1]
    finally:
        process.terminate()
        process.communicate(timeout=240)


class Application:
    """A client of the API's, and the browser that its user sits before."""

    def __init__(self, provider: Provider) -> None:
        self.issuer = provider.issuer
        self.id, self.secret = provider.register(
            "http://127.0.0.1:1", redirect_uris=[BACK], grant_types=["authorization_code"]
        )
        self.browser = httpx2.Client()
        self.forms = 0

    def token(self, more: dict[str, str], **typed: str) -> str:
        """A new token: asked of the provider with `more`; the user types what is asked for."""
        verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": self.id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid work",
            "resource": API,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **more,
        }
        code = self._came_back(f"{self.issuer}/auth?{urlencode(asked)}", typed)
        answer = httpx2.post(
            f"{self.issuer}/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": BACK,
                "code_verifier": verifier,
                "resource": API,
            },
            auth=(self.id, self.secret),
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def _came_back(self, address: str, typed: dict[str, str]) -> str:
        while not address.startswith(BACK):
            answer = self.browser.get(address)
            if answer.status_code == 200:
                self.forms += 1
                assert ('name="code"' in answer.text) == ("code" in typed)
                answer = self.browser.post(address, data=typed)
            assert answer.is_redirect, answer.text
            address = urljoin(address, answer.headers["location"])
        (code,) = parse_qs(urlsplit(address).query)["code"]
        return code


@pytest.fixture
def application(provider: Provider) -> Iterator[Application]:
    made = Application(provider)
    with made.browser:
        yield made


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_payout_takes_a_second_factor_that_the_provider_asks_for(
    provider: Provider, application: Application, api: str
) -> None:
    provider.set_people({"anna": ANNA})
    first = application.token({}, login="anna", password="right")
    assert httpx2.get(f"{api}/balance", headers=bearing(first)).json() == {"balance_of": "anna"}

    refused = httpx2.post(f"{api}/payout", headers=bearing(first))
    assert refused.status_code == 401
    wanted = StepUp.read(refused.headers["www-authenticate"])
    assert wanted == StepUp(acr_values=(MFA,), max_age=300)

    # The provider knows this browser, and asks all the same, for more.
    second = application.token(wanted.parameters(), login="anna", password="right", code="246810")
    assert application.forms == 2
    paid = httpx2.post(f"{api}/payout", headers=bearing(second))
    assert (paid.status_code, paid.json()) == (200, {"paid_to": "anna"})

    # The first token is what it was.
    assert httpx2.post(f"{api}/payout", headers=bearing(first)).status_code == 401


def test_a_provider_that_asks_for_no_more_gives_a_token_that_does_no_more(
    provider: Provider, application: Application, api: str
) -> None:
    provider.set_people({"anna": {**ANNA, "stronger": None}})
    asked = StepUp(acr_values=(MFA,), max_age=300).parameters()
    token = application.token(asked, login="anna", password="right")
    assert httpx2.get(f"{api}/balance", headers=bearing(token)).status_code == 200
    assert httpx2.post(f"{api}/payout", headers=bearing(token)).status_code == 401


@pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30."])
def test_what_is_no_token_is_not_asked_for_more(api: str, token: str) -> None:
    refused = httpx2.post(f"{api}/payout", headers=bearing(token))
    assert refused.status_code == 401
    assert StepUp.read(refused.headers["www-authenticate"]) is None
    assert "invalid_token" in refused.headers["www-authenticate"]
