"""Orders and responders are measured; no label tells of a person."""

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from alerts.outbox import Breaker, State
from alerts.ports import Action
from monitor.store import leases, outbox, tables
from monitor.store.watching import Watching
from monitor.web.metrics import exposition
from tests.monitor.store.orders import NOW, order


def samples(database: Engine, at: int) -> dict[tuple[str, tuple[str, ...]], float]:
    text = exposition(Watching(database), lambda: at).decode()
    assert "u-1" not in text
    return {
        (one.name, tuple(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_orders_by_state_their_age_and_who_does_not_answer(database: Engine) -> None:
    with database.begin() as connection:
        for number, state in enumerate((State.DONE, State.DEAD, State.WAITING)):
            given = order(f"k-{number}", Action.NOTIFY, issued=NOW + 1_000 * number)
            outbox.enqueue(connection, given, "idp")
            mine = tables.outbox.c.id == max(outbox.numbers(connection, outbox.Wanted(), 9))
            connection.execute(tables.outbox.update().where(mine).values(state=state))
        leases.note_breaker(connection, "idp", Breaker(failures=5, until=NOW), "HTTP 503", NOW)
    found = samples(database, NOW + 61_000)
    assert found["vigie_outbox_orders", ("idp", "dead")] == 1
    assert found["vigie_outbox_orders", ("idp", "done")] == 1
    # What is done ages no more; what was given up does.
    assert found["vigie_outbox_oldest_seconds", ("idp",)] == 60
    assert found["vigie_responder_open", ("idp",)] == 1
    assert found["vigie_responder_failures", ("idp",)] == 5
