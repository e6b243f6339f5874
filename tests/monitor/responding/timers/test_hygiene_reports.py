"""Each tenant's contacts are mailed once a month, by a real mail server, whoever is killed."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database

from alerts.egress.outbound import Outbound
from detectors.core.event import DAY, HOUR
from monitor.responding.delivery import open_duty
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.settings import Hygiene, Settings
from monitor.store import hygiene_reports
from monitor.store.connection import connect
from tests.alerts.responders.mailserver import mail_server
from tests.databases import placed
from tests.monitor.services.hygienic import MONTH, NOW, OTHER, T, fill

(TIMER,) = [one for one in timers() if one.name == "hygiene_reports"]


@pytest.fixture
def filled(tmp_path: Path) -> Database:
    database = connect(placed(tmp_path / "vigie.db"))
    fill(database)
    return database


def settings_of(folder: Path, port: int = 25) -> Settings:
    mail = {
        "kind": "mail",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "vigie@acme.example",
        "contact": "secu@vigie.example",
        "actions": ["notify"],
    }
    outbound = Outbound(allow=("127.0.0.1",))
    return Settings(data=folder, responders={"mail": mail}, outbound=outbound)


def ring(database: Database, settings: Settings, now: int = NOW) -> int:
    around = Surroundings(settings=settings, database=database)
    with database.begin() as connection:
        return TIMER.ring(Ringing(connection=connection, now=now, around=around))


def test_a_mail_a_tenant_and_month(filled: Database, tmp_path: Path) -> None:
    with mail_server() as server:
        settings = settings_of(tmp_path, server.port)
        assert ring(filled, settings) == 2
        assert ring(filled, settings, NOW + DAY) == 0
        duty = open_duty(Surroundings(settings=settings, database=filled, now=lambda: NOW + DAY))
        while duty.step():
            pass
        duty.close()
    (message,) = server.messages
    assert message["To"] == "ann@acme.example"
    assert message["Subject"] == "Access hygiene of Acme, October 2026: 84.3 of 100"
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "- Dormant: 4 of 10. Close it, or ask whether it is still needed." in text
    assert "secu@vigie.example" in text
    with filled.begin() as connection:
        assert hygiene_reports.newest(connection, T) == (MONTH, NOW, 1)
        # Nobody is known there; nobody is looked for again and again.
        assert hygiene_reports.newest(connection, OTHER) == (MONTH, NOW, 0)


def test_not_before_the_morning_and_not_where_it_is_stopped(
    filled: Database, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path)
    assert ring(filled, settings, NOW - 2 * HOUR) == 0
    off = structs.replace(settings, hygiene=Hygiene(monthly_report=False))
    assert ring(filled, off) == 0
    with filled.begin() as connection:
        hygiene_reports.stop(connection, T, NOW, "reviewer:1")
    assert ring(filled, settings) == 1
