"""What cannot be read is refused plainly, and what is wrong with us is said as that."""

import asyncio
from typing import Any

import pytest

from monitor.store.connection import connect
from monitor.web.app import create_app
from tests.monitor.web.conftest import Console


def test_without_tables_the_page_says_so(tmp_path: Any) -> None:
    from starlette.testclient import TestClient

    engine = connect(f"sqlite:///{tmp_path / 'nothing.db'}")
    app = create_app("", engine=engine)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    client.cookies.set("vigie_session_0", "x" * 43)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    assert "console_keys" not in answer.text
    engine.dispose()


def test_who_goes_away_amid_a_body_is_no_fault_of_ours(empty: Console) -> None:
    """Anybody could fill the log with tracebacks otherwise."""
    told: list[int] = []
    left = iter([{"type": "http.request", "body": b"a", "more_body": True}])

    async def receive() -> dict[str, Any]:
        return next(left, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        told.append(message.get("status", 0))

    form = (b"content-type", b"application/x-www-form-urlencoded")
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/report",
        "raw_path": b"/report",
        "query_string": b"",
        "root_path": "",
        "http_version": "1.1",
        "headers": [(b"host", b"127.0.0.1:8320"), (b"sec-fetch-site", b"same-origin"), form],
        "client": ("192.0.2.1", 5),
        "server": ("127.0.0.1", 8320),
    }
    asyncio.run(empty.app(scope, receive, send))
    assert told[0] == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/incidents/" + "0" * 32, 404),
        ("/incidents/00000000-0000-0000-0000-000000000000", 404),
        ("/api/v1/incidents/00000000-0000-0000-0000-000000000000/sign-ins", 404),
        ("/incidents?q=" + "a" * 129, 400),
        ("/incidents?q=%00", 400),
        ("/incidents?after=1.2.3", 400),
        ("/incidents?q=" + "a" * 2000, 414),
        ("/" + "a" * 600, 414),
        ("/static/../app.py", 404),
        ("/static/%2e%2e/app.py", 404),
    ],
)
def test_what_cannot_be_read_is_refused_plainly(console: Console, path: str, status: int) -> None:
    answer = console.signed_in().get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
