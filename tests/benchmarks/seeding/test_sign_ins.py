"""Sign-ins come in the order of their ids, as many as asked for, and as the engine keeps them."""

import msgspec

from benchmarks.seeding.people import People
from benchmarks.seeding.scale import FULL
from benchmarks.seeding.sign_ins import SignIns
from detectors.core.event import Event, SignIn
from monitor.store.writing import account_key

SCALE = FULL.part(0.0002)


def test_the_days_have_all_of_them_in_order() -> None:
    rows = [row for some, _ in SignIns(SCALE, People(SCALE)).days() for row in some]
    assert len(rows) == SCALE.sign_ins
    ids = [row[0] for row in rows]
    assert ids == sorted(set(ids))
    events = [msgspec.msgpack.decode(row[-1], type=Event) for row in rows]
    assert all(isinstance(one, SignIn) and one.place for one in events)
    assert [account_key(one) for one in events] == [row[1] for row in rows]
    assert SCALE.since <= events[0].time <= events[-1].time <= SCALE.until


def test_an_incident_begins_at_an_accounts_own_sign_ins() -> None:
    anchors = [one for _, some in SignIns(SCALE, People(SCALE)).days() for one in some]
    assert anchors
    assert all(e.account == a.person.uid for a in anchors for e in a.events)
    assert len({a.events[-1].id for a in anchors}) == len(anchors)
