"""What cannot be read is refused plainly, and what is wrong with us is said as that."""

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


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/incidents/" + "0" * 32, 404),
        ("/incidents/00000000-0000-0000-0000-000000000000", 404),
        ("/api/v1/incidents/00000000-0000-0000-0000-000000000000/sign-ins", 404),
        ("/?q=" + "a" * 129, 400),
        ("/?q=%00", 400),
        ("/?after=1.2.3", 400),
        ("/?q=" + "a" * 2000, 414),
        ("/" + "a" * 600, 414),
        ("/static/../app.py", 404),
        ("/static/%2e%2e/app.py", 404),
    ],
)
def test_what_cannot_be_read_is_refused_plainly(console: Console, path: str, status: int) -> None:
    answer = console.signed_in().get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
