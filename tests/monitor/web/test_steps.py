"""The short path is a part of the overview, a page without scripts, and gone once it is skipped."""

from monitor.services.admission import form_token
from tests.monitor.web.conftest import Console


def test_it_is_shown_taken_and_skipped(empty: Console) -> None:
    client = empty.signed_in("fr")
    assert 'hx-get="/steps"' in client.get("/").text
    part = client.get("/steps", headers={"hx-request": "true"}).text
    assert "Une première source" in part
    assert "<html" not in part
    assert 'aria-current="step"' in client.get("/steps").text
    token = form_token(next(iter(client.cookies.values())))
    assert client.post("/steps", data={"token": token}).headers["location"] == "/"
    gone = client.get("/steps", headers={"hx-request": "true"})
    assert (gone.status_code, gone.text) == (200, "")
    assert "ont été passés" in client.get("/steps").text
