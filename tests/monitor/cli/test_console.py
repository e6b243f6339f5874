"""What commands print with: hostile text stays text, and errors end commands plainly."""

from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress

from monitor import logs
from monitor.cli.console import CommandError, Rate, announce, fail, progress, safe, stdout
from monitor.settings import SettingsError
from monitor.store.lock import EngineRunningError


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[2J", "a\x07b", "\r", "\x9b31m", "\u202egnp.exe", "\u2066x\u2069", "a\u2028b", "\x00"],
)
def test_control_characters_are_replaced(hostile: str) -> None:
    told = safe(f"before {hostile} after")
    assert told.startswith("before ")
    assert told.endswith(" after")
    assert "\N{REPLACEMENT CHARACTER}" in told
    assert not any(c in told for c in hostile if not c.isprintable())


def test_what_people_write_stays_as_it_is() -> None:
    assert safe("Zoë, 東京\n\tL'été") == "Zoë, 東京 L'été"


def test_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    stdout.print(safe("[bold red]not red[/] [link=x]y"), soft_wrap=True)
    assert capsys.readouterr().out == "[bold red]not red[/] [link=x]y\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CommandError("no"), 1),
        (CommandError("no", 2), 2),
        (SettingsError("a file", "key", "no"), 2),
        (EngineRunningError("no"), 1),
        (PermissionError(13, "no", "a file"), 1),
    ],
)
def test_errors_that_somebody_can_put_right_are_a_line(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        fail(error)
    assert ended.value.code == code
    told = capsys.readouterr().err
    assert told.startswith("vigie: ")
    assert "no" in told
    assert len(told.splitlines()) == 1


def test_other_errors_are_shown_whole() -> None:
    with pytest.raises(ZeroDivisionError):
        fail(ZeroDivisionError("nobody foresaw"))


def test_an_error_cannot_write_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        fail(CommandError("\x1b[2J [bold]x[/]"))
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "[bold]x[/]" in told


def test_progress_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("lines") as shown:
        task = shown.add_task("reading", total=10)
        shown.update(task, completed=5)
    assert capsys.readouterr() == ("", "")


def test_a_rate_is_empty_until_it_is_known() -> None:
    shown = Progress(
        get_time=iter(range(100)).__next__, auto_refresh=False, console=Console(file=StringIO())
    )
    shown.add_task("reading", total=10_000)
    task = shown.tasks[0]
    assert Rate().render(task).plain == ""
    for _ in range(4):
        shown.advance(task.id, 2_000)
    assert Rate().render(task).plain.endswith("/s")


def test_what_is_announced_is_a_line_of_json_where_the_log_is(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    announce("Open it:", link="http://127.0.0.1:1/enter#abc")
    assert capsys.readouterr().err == "Open it:\nhttp://127.0.0.1:1/enter#abc\n"
    caplog.set_level("INFO")
    monkeypatch.setattr(logs, "is_json", lambda: True)
    announce("Open it:", link="http://127.0.0.1:1/enter#abc")
    with pytest.raises(SystemExit):
        fail(CommandError("no such thing"))
    assert capsys.readouterr().err == ""
    first, second = caplog.records
    assert first.link == "http://127.0.0.1:1/enter#abc"  # type: ignore[attr-defined]
    assert second.getMessage() == "no such thing"
