"""An order is shown whole to whoever may look at people, and says nobody's name to others."""

from alerts.outbox import Because, State
from alerts.ports import AccountState, Receipt, Target
from monitor.services.order_views import order_view, veiled
from monitor.store.outbox import Carried, OrderRow
from tests.monitor.store.orders import NOW, order


def row(reason: str | None = None, carried: Carried | None = None) -> OrderRow:
    given = order(reason="Zoé Martin shares it", until=NOW + 5)
    target = Target(
        tenant="acme", account="u-1042", names=("zoe.martin",), email="zoe@acme.example"
    )
    return OrderRow(
        id=3,
        key="idp:k-1",
        responder="idp",
        action=given.action,
        tenant="acme",
        subject_key=1,
        measure=7,
        ticket=None,
        state=State.WAITING,
        attempts=2,
        since=NOW,
        due=NOW,
        holder=None,
        leased=None,
        reason=reason,
        created=NOW,
        updated=NOW,
        order=type(given)(
            key="k-1",
            action=given.action,
            issued=NOW,
            tenant="acme",
            target=target,
            reason=given.reason,
        ),
        carried=carried,
    )


def test_our_own_reasons_are_in_the_readers_language_and_others_are_one_plain_line() -> None:
    assert "contrary" in order_view(row(Because.OVERTAKEN.word)).reason
    assert "contraire" in order_view(row(Because.OVERTAKEN.word), "fr").reason
    assert order_view(row("HTTP 503\x1b[31m\nforged")).reason == "HTTP 503[31m forged"


def test_what_a_responder_said_is_there_once_it_was_done() -> None:
    receipt = Receipt(reference="J-1", detail="locked zoe.martin")
    carried = Carried(receipt=receipt, at=NOW + 1, seen=AccountState.DISABLED)
    found = order_view(row(carried=carried))
    assert (found.carried, found.reference, found.seen) == (
        NOW + 1,
        "J-1",
        AccountState.DISABLED,
    )
    assert not order_view(row()).detail


def test_whoever_may_not_look_reads_no_name_anywhere() -> None:
    receipt = Receipt(reference="zoe.martin", detail="locked u-1042 (zoe@acme.example)")
    carried = Carried(receipt=receipt, at=NOW)
    found = str(veiled(order_view(row("no user zoe.martin", carried))))
    for name in ("u-1042", "zoe.martin", "zoe@", "Martin"):
        assert name not in found
    assert "acme" in found
