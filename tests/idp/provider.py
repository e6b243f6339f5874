"""Runs a real OpenID provider, npm's `oidc-provider`, with the people that a test wants."""

import fcntl
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2
import pytest

HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", "provider.mjs")


def installed(cache: pytest.Cache) -> Path:
    """The folder with the provider's packages, as the lock has them, installed once."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = cache.mkdir(f"idp-{hashlib.sha256(lock).hexdigest()[:16]}")
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for name in _FILES:
            shutil.copy(HERE / name, folder / name)
        if not (folder / "complete").exists():
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"npm could not install the provider:\n{done.stderr}"
            (folder / "complete").touch()
    return folder


class Provider:
    """A provider on a free loopback port. `people` are by their login: `password`, `acr`, `amr`,
    `claims`, and `stronger` with the `code`, `acr` and `amr` of another way in, asked for by
    `acr_values`; of the claims, those of the scopes profile (name, groups) and email are told by
    the userinfo endpoint only, the others (roles, tenant) by the id token too."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["node", "provider.mjs"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        told = self._process.stdout.readline().split()
        assert told[:1] == ["listening"], "the provider did not start"
        self.port = int(told[1])
        # Another name than the console's, so that browsers take it for another site.
        self.issuer = f"http://localhost:{self.port}"

    def __enter__(self) -> "Provider":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it."""
        self._process.communicate(timeout=240)

    def set_people(self, people: dict[str, dict[str, Any]]) -> None:
        """Who there is from now on."""
        answer = httpx2.put(f"{self.issuer}/-/people", json=people)
        assert answer.status_code == 204

    def events(self) -> list[dict[str, str]]:
        """What went well or wrong in it: `name` and `error`."""
        found: list[dict[str, str]] = httpx2.get(f"{self.issuer}/-/events").json()
        return found

    def register(self, address: str, **more: Any) -> tuple[str, str]:
        """The client id and secret of a console at an address."""
        wanted = {
            "redirect_uris": [f"{address}/oidc/callback"],
            "post_logout_redirect_uris": [f"{address}/sign-in"],
            "backchannel_logout_uri": f"{address}/oidc/logout",
            "backchannel_logout_session_required": True,
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
            **more,
        }
        answer = httpx2.post(f"{self.issuer}/reg", content=json.dumps(wanted), headers=_JSON)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return made["client_id"], made.get("client_secret", "")


_JSON = {"content-type": "application/json"}
