"""A case comes back as it was kept; of two who change it at once one does."""

from msgspec import structs
from sqlalchemy import Engine

from detectors.core.event import DAY
from monitor.mfa import lost_factor
from monitor.mfa.lost_factor import DECIDED, OPEN, State
from monitor.services.subscriber import Subscriber
from monitor.store import recoveries
from monitor.store.recoveries import StoredCase
from tests.monitor.services.enrolled import ANN, NOW, TERMS

ONE = StoredCase(
    case=lost_factor.requested("reviewer:ada", NOW, TERMS.recovery),
    handle="ab" * 16,
    subject_key=ANN.key,
    tenant=ANN.tenant,
    account=ANN.account,
    requester_name="Ada",
)


def test_every_step_is_kept(database: Engine) -> None:
    with database.begin() as connection:
        one = recoveries.add(connection, ONE)
        case = lost_factor.proved(one.case, "reviewer:ada", "seen", NOW + 1, TERMS.recovery)
        case = lost_factor.approved(case, "reviewer:bob", NOW + 2, TERMS.recovery)
        after = structs.replace(one, case=case, prover_name="Ada", decider_name="Bob")
        kept = recoveries.put(connection, one, after)
        assert kept == recoveries.by_handle(connection, ONE.handle)
        assert kept == recoveries.by_id(connection, one.id)
        assert kept is not None
        assert (kept.case, kept.version) == (case, 2)
        assert recoveries.put(connection, one, after) is None


def test_they_are_found_by_whose_they_are_and_when_they_are_due(database: Engine) -> None:
    with database.begin() as connection:
        one = recoveries.add(connection, ONE)
        other = recoveries.add(
            connection,
            structs.replace(
                ONE,
                handle="cd" * 16,
                tenant="other",
                subject_key=Subscriber("other", ANN.account).key,
            ),
        )
        assert recoveries.open_of(connection, "acme", ANN.account) == one
        assert recoveries.of_account(connection, "other", ANN.account, 9) == [other]
        assert recoveries.page(connection, None, OPEN, None, 9) == [other, one]
        assert recoveries.page(connection, None, (), (NOW, other.id), 9) == [one]
        assert recoveries.page(connection, "acme", {State.DONE}, None, 9) == []
        assert recoveries.count(connection, "acme", DECIDED) == 1
        assert recoveries.waited(connection, NOW + DAY, 9) == []
        assert recoveries.lapsed(connection, NOW + 7 * DAY - 1, 9) == []
        assert len(recoveries.lapsed(connection, NOW + 7 * DAY, 9)) == 2
        waiting = structs.replace(one.case, state=State.WAITING, ready=NOW + 5)
        recoveries.put(connection, one, structs.replace(one, case=waiting))
        assert recoveries.waited(connection, NOW + 4, 9) == []
        (due,) = recoveries.waited(connection, NOW + 5, 9)
        assert due.id == one.id
        refused = lost_factor.refused(other.case, "reviewer:bob", "no", NOW)
        recoveries.put(connection, other, structs.replace(other, case=refused))
        assert recoveries.open_of(connection, "other", ANN.account) is None
