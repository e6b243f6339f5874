"""A waiting time ends and the link is sent; what nobody takes up lapses."""

from pathlib import Path

from sqlalchemy import Engine

from alerts.egress.outbound import Outbound
from detectors.core.event import DAY
from monitor.instance import InstanceKey
from monitor.mfa.lost_factor import State
from monitor.responding.delivery import open_duty
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.services.actor import Role
from monitor.services.enrolment_keys import Purpose, key_of
from monitor.services.keyring import Keyring
from monitor.settings import Settings, Web
from tests.alerts.responders.mailserver import mail_server
from tests.monitor.responding.timers.test_enrolments import MAIL
from tests.monitor.services.enrolled import ANN, CLIENT, NOW, Desk, known, templates
from tests.monitor.services.enrolling import Newcomer

KEY = InstanceKey(b"k" * 32)


def link_in(text: str, beginning: str) -> str:
    """The key of the link that begins so."""
    (link,) = {one for one in text.split() if one.startswith(beginning)}
    return link.removeprefix(beginning)


def rung(database: Engine, folder: Path, now: int, key: InstanceKey | None) -> int:
    (timer,) = [one for one in timers() if one.name == "recoveries"]
    around = Surroundings(
        settings=Settings(data=folder, responders={"mail": MAIL}), database=database, key=key
    )
    with database.begin() as connection:
        return timer.ring(Ringing(connection=connection, now=now, around=around))


def test_the_link_is_sent_when_the_wait_is_over(database: Engine, tmp_path: Path) -> None:
    known(database)
    desk = Desk(database)
    handle = desk.agreed().handle
    assert rung(database, tmp_path, NOW + DAY - 1, KEY) == 0
    assert rung(database, tmp_path, NOW + DAY, None) == 0
    assert rung(database, tmp_path, NOW + DAY, KEY) == 1
    assert rung(database, tmp_path, NOW + DAY, KEY) == 0
    assert templates(database)[-1] == "recovery_link"
    desk.now = NOW + 3 * DAY
    assert rung(database, tmp_path, desk.now, KEY) == 1
    assert desk.recoveries.one(desk.who("ada"), handle).state is State.EXPIRED


def test_a_request_that_nobody_decides_lapses(database: Engine, tmp_path: Path) -> None:
    known(database)
    desk = Desk(database)
    one = desk.recoveries.request(desk.who("ada", Role.ANALYST), ANN)
    assert rung(database, tmp_path, NOW + 7 * DAY - 1, None) == 0
    assert rung(database, tmp_path, NOW + 7 * DAY, None) == 1
    desk.now = NOW + 7 * DAY
    assert desk.recoveries.one(desk.who("ada"), one.handle).state is State.EXPIRED


def test_whoever_lost_everything_comes_back_by_the_mail_and_stops_it_from_there(
    database: Engine, tmp_path: Path
) -> None:
    """Through a real mail server: the link that comes out of it sets up a factor, once."""
    ann = Newcomer(database, keyring=Keyring(KEY.pepper))
    handle = ann.recoveries.request(ann.who(), ANN).handle
    ann.recoveries.note_proof(ann.who(), handle, "seen in person")
    ann.recoveries.approve(ann.who("bob", Role.APPROVER), handle)
    with mail_server() as server:
        table = MAIL | {"host": "127.0.0.1", "port": server.port, "security": "none"}
        around = Surroundings(
            settings=Settings(
                data=tmp_path,
                responders={"mail": table},
                outbound=Outbound(allow=("127.0.0.1",)),
                web=Web(public_url="https://vigie.example"),
            ),
            database=database,
            key=KEY,
            now=ann.clock,
        )
        ann.clock.now = NOW + DAY
        (timer,) = [one for one in timers() if one.name == "recoveries"]
        with database.begin() as connection:
            timer.ring(Ringing(connection=connection, now=ann.clock.now, around=around))
        duty = open_duty(around)
        while duty.step():
            pass
        duty.close()
    texts = [str(next(iter(one.iter_parts())).get_content()) for one in server.messages]
    stops = {link_in(text, "https://vigie.example/enrol/stop#") for text in texts}
    assert stops == {key_of(ann.keyring.enrolment, Purpose.STOP, handle)}
    (recover,) = [text for text in texts if "https://vigie.example/enrol#" in text]
    ticket = ann.enrolments.open(link_in(recover, "https://vigie.example/enrol#"), CLIENT)
    assert ticket is not None
    assert ann.by_totp(ticket).is_recovery
    assert ann.recoveries.one(ann.who(), handle).state is State.DONE
    assert not ann.recoveries.stop(stops.pop())
