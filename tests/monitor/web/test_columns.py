"""The columns that somebody chose come back with them, and what nobody knows does not."""

from starlette.requests import Request

from monitor.web.columns import ALWAYS, COLUMNS, COOKIE, USUAL, columns_in, columns_of


def asked(cookie: str | None) -> Request:
    headers = [] if cookie is None else [(b"cookie", f"{COOKIE}={cookie}".encode())]
    return Request({"type": "http", "headers": headers})


def test_they_come_back_in_the_order_of_the_list() -> None:
    kept = columns_in({"column:age": "on", "column:severity": "on", "column:nonsense": "on"})
    assert kept == "severity.age"
    # By the conclusion an incident is opened: it is always there.
    assert columns_of(asked(kept)) == ["severity", ALWAYS, "age"]
    assert columns_of(asked("nonsense.DROP")) == [ALWAYS]
    assert set(columns_of(asked(None))) == USUAL < set(COLUMNS)
