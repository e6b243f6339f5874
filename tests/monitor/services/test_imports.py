"""A list is shown first, taken over at once or not at all, and undone as a whole."""

import csv
import io

import pytest
from sqlalchemy import Engine

from detectors.core.context import AccountKind
from detectors.core.event import DAY, HOUR
from monitor.directory.account import Account, AccountChanges, State, account_id
from monitor.directory.importing import (
    PREVIEW_HOURS,
    UNDO_DAYS,
    ImportState,
    Missing,
    Outcome,
)
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.reading import Reading
from monitor.services.actor import Actor, Role, operator
from monitor.services.directory import Directory
from monitor.services.imports import Imports, Wish
from monitor.services.refusal import NotAllowedError, NotThereError, StaleError, TakenError
from monitor.store.directory import AccountFilter, DirectoryTable, Seen, StoredAccount
from monitor.store.imports import StoredImport
from tests.monitor.directory.entries import NOW
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import person, program

ANN = operator("ann")
ACME = Wish(reading=Reading(tenant="acme"))
OFFBOARD = Wish(reading=Reading(tenant="acme"), missing=Missing.OFFBOARD)
LIST = "uid;langue;statut\nu-1;fr;actif\nu-2;en;actif\nu-3;fr;actif\n"


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def imports(database: Engine, clock: Clock) -> Imports:
    return Imports(database, clock)


def preview(imports: Imports, text: str, wish: Wish = ACME, actor: Actor = ANN) -> StoredImport:
    return imports.preview(actor, io.BytesIO(text.encode()), "staff.csv", wish)


def everybody(database: Engine) -> dict[str, StoredAccount]:
    with database.begin() as connection:
        found = list(DirectoryTable(connection).every(AccountFilter()))
    return {one.account.uid: one for one in found}


def accounts(database: Engine) -> dict[str, Account]:
    return {uid: one.account for uid, one in everybody(database).items()}


def test_nothing_is_saved_before_it_is_confirmed_and_then_all_of_it(
    imports: Imports, database: Engine
) -> None:
    progress: list[int] = []
    shown = imports.preview(ANN, io.BytesIO(LIST.encode()), "staff.csv", ACME, progress.append)
    assert (shown.state, shown.told.lines, progress) == (ImportState.PREVIEWED, 3, [3])
    assert shown.told.counts == {Outcome.ADDED: 3}
    assert shown.told.columns == {"uid": "uid", "langue": "locale", "statut": "state"}
    assert accounts(database) == {}
    done = imports.apply(ANN, shown.id)
    assert (done.state, done.decided) == (ImportState.APPLIED, NOW)
    made = accounts(database)
    assert {uid: one.locale for uid, one in made.items()} == {"u-1": "fr", "u-2": "en", "u-3": "fr"}
    assert made["u-1"].origins["locale"].origin is Origin.CSV
    assert deeds(database)[-1] == ("directory:import", f"import:{shown.id}", "acme")
    assert contents(database)[-1]["counts"] == {"added": 3}


def test_the_same_list_again_changes_nothing(imports: Imports, database: Engine) -> None:
    imports.apply(ANN, preview(imports, LIST).id)
    before = everybody(database)
    again = preview(imports, LIST)
    assert again.told.counts == {Outcome.UNCHANGED: 3}
    imports.apply(ANN, again.id)
    assert everybody(database) == before


def test_undo_puts_everything_back(imports: Imports, database: Engine) -> None:
    imports.apply(ANN, preview(imports, LIST).id)
    before = accounts(database)
    text = "uid;langue;alias\nu-1;de;ann\nu-2;en;\nu-4;it;\n"
    second = preview(imports, text, OFFBOARD)
    assert second.told.counts == {
        Outcome.CHANGED: 1,
        Outcome.UNCHANGED: 1,
        Outcome.ADDED: 1,
        Outcome.MISSING: 1,
    }
    imports.apply(ANN, second.id)
    after = accounts(database)
    assert (after["u-1"].locale, after["u-3"].state) == ("de", State.OFFBOARDED)
    undone = imports.undo(ANN, second.id)
    assert (undone.state, undone.told.skipped) == (ImportState.UNDONE, 0)
    assert accounts(database) == before
    with database.begin() as connection:
        assert list(DirectoryTable(connection).aliases()) == []
    with pytest.raises(TakenError):
        imports.undo(ANN, second.id)
    # And the list can be taken over once more.
    imports.apply(ANN, preview(imports, text, OFFBOARD).id)
    assert accounts(database)["u-4"].locale == "it"


def test_a_tenant_that_an_import_made_goes_with_it(imports: Imports, database: Engine) -> None:
    done = imports.apply(ANN, preview(imports, LIST).id)
    assert done.told.tenants == ("acme",)
    imports.undo(ANN, done.id)
    with database.begin() as connection:
        assert DirectoryTable(connection).tenants(None, "", "", 9) == []


def test_what_was_changed_since_is_left_alone_by_undo_and_counted(
    imports: Imports, database: Engine
) -> None:
    done = imports.apply(ANN, preview(imports, LIST).id)
    directory = Directory(database, lambda: NOW)
    directory.change(ANN, account_id("acme", "u-1"), AccountChanges(locale="pt"))
    undone = imports.undo(ANN, done.id)
    assert undone.told.skipped == 1
    assert {uid: one.locale for uid, one in accounts(database).items()} == {"u-1": "pt"}


def test_what_a_person_changes_between_preview_and_confirmation_is_not_lost(
    imports: Imports, database: Engine
) -> None:
    imports.apply(ANN, preview(imports, LIST).id)
    shown = preview(imports, LIST.replace(";fr", ";de"))
    directory = Directory(database, lambda: NOW)
    directory.change(ANN, account_id("acme", "u-3"), AccountChanges(locale="pt"))
    with pytest.raises(StaleError, match="u-3"):
        imports.apply(ANN, shown.id)
    assert {one.locale for one in accounts(database).values()} == {"fr", "en", "pt"}
    assert imports.get(ANN, shown.id).state is ImportState.PREVIEWED


def test_what_logs_show_meanwhile_is_in_nobodys_way(imports: Imports, database: Engine) -> None:
    shown = preview(imports, LIST)
    with database.begin() as connection:
        DirectoryTable(connection).add_seen([Seen("acme", "u-1")], NOW)
    before = accounts(database)
    imports.apply(ANN, shown.id)
    assert accounts(database)["u-1"].locale == "fr"
    assert imports.undo(ANN, shown.id).told.skipped == 0
    assert accounts(database) == before


def test_a_persons_word_stands_and_is_shown(imports: Imports, database: Engine) -> None:
    directory = Directory(database, lambda: NOW)
    directory.create(ANN, "acme", "u-1", AccountChanges(locale="pt", state=State.ACTIVE))
    shown = preview(imports, "uid,locale,email\nu-1,fr,ann@example.com\n")
    (row,) = imports.rows(ANN, shown.id, [Outcome.CHANGED])
    assert [(one.field, one.before, one.after) for one in row.row.held] == [("locale", "pt", "fr")]
    imports.apply(ANN, shown.id)
    made = accounts(database)["u-1"]
    assert (made.locale, made.email) == ("pt", "ann@example.com")


def test_lines_that_are_refused_are_told_and_the_others_taken(
    imports: Imports, database: Engine
) -> None:
    shown = preview(imports, "uid,kind\nu-1,person\nu-2,martian\n,person\nu-1,service\n")
    assert shown.told.counts == {Outcome.ADDED: 1, Outcome.REFUSED: 3}
    refused = imports.rows(ANN, shown.id, [Outcome.REFUSED])
    assert [one.row.line for one in refused] == [3, 4, 5]
    assert all(one.row.why is not None for one in refused)
    imports.apply(ANN, shown.id)
    assert list(accounts(database)) == ["u-1"]


class TestMissing:
    """Accounts that a list does not name."""

    @pytest.fixture(autouse=True)
    def full(self, imports: Imports) -> None:
        text = "uid,kind\n" + "".join(f"u-{n},person\n" for n in range(20)) + "robot,service\n"
        imports.apply(ANN, preview(imports, text).id)

    def test_they_stay_where_nothing_else_is_asked(self, imports: Imports) -> None:
        shown = preview(imports, "uid\nu-0\n")
        assert shown.told.counts == {Outcome.UNCHANGED: 1}

    def test_an_emptied_list_offboards_nobody(self, imports: Imports, database: Engine) -> None:
        for text in ("uid\nu-0\n", "uid\n"):
            shown = preview(imports, text, OFFBOARD)
            assert shown.told.refusal is not None
            with pytest.raises(TakenError):
                imports.apply(ANN, shown.id)
        assert {one.state for one in accounts(database).values()} == {State.ACTIVE}

    def test_somebody_may_say_how_many(self, imports: Imports, database: Engine) -> None:
        wish = Wish(reading=Reading(tenant="acme"), missing=Missing.OFFBOARD, missing_at_most=19)
        shown = preview(imports, "uid\nu-0\n", wish)
        assert (shown.told.refusal, shown.told.count(Outcome.MISSING)) == (None, 19)
        assert shown.told.spared == 1
        imports.apply(ANN, shown.id)
        made = accounts(database)
        assert made["robot"].state is State.ACTIVE
        assert sum(one.state is State.OFFBOARDED for one in made.values()) == 19

    def test_a_line_that_names_nobody_might_be_one_of_them(self, imports: Imports) -> None:
        text = "uid\n" + "".join(f"u-{n}\n" for n in range(19)) + '"broken\n'
        assert preview(imports, text, OFFBOARD).told.refusal is not None
        # One that is named and refused for something else is not missing.
        text = "uid,kind\n" + "".join(f"u-{n},\n" for n in range(19)) + "u-19,martian\n"
        shown = preview(imports, text, OFFBOARD)
        assert (shown.told.refusal, shown.told.count(Outcome.MISSING)) == (None, 0)

    def test_other_tenants_are_not_touched(self, imports: Imports, database: Engine) -> None:
        other = Wish(reading=Reading(tenant="other"), missing=Missing.OFFBOARD)
        shown = preview(imports, "uid\nv-1\n", other)
        assert shown.told.counts == {Outcome.ADDED: 1}


def test_a_tenants_administrator_imports_into_the_own_tenant_alone(imports: Imports) -> None:
    bound = person(Role.ADMINISTRATOR, tenant="acme", authenticated=NOW)
    shown = preview(imports, "uid,tenant\nu-1,acme\nu-2,other\n", Wish(), bound)
    assert shown.tenant == "acme"
    assert shown.told.counts == {Outcome.ADDED: 1, Outcome.REFUSED: 1}
    with pytest.raises(NotThereError):
        preview(imports, LIST, Wish(reading=Reading(tenant="other")), bound)
    foreign = preview(imports, LIST, Wish(reading=Reading(tenant="other")))
    for ask in (imports.get, imports.apply, imports.undo, imports.discard):
        with pytest.raises(NotThereError):
            ask(bound, foreign.id)
    with pytest.raises(NotThereError):
        imports.rows(bound, foreign.id, [Outcome.ADDED])
    with pytest.raises(NotThereError):
        imports.export(bound, "other")
    assert [one.id for one in imports.all(bound)] == [shown.id]
    assert len(imports.all(ANN)) == 2


def test_a_key_that_may_import_does_not_authorise_sharing(imports: Imports) -> None:
    text = "uid,kind\ndesk,kiosk\nu-1,person\n"
    key = program("directory:import", tenant="acme")
    assert preview(imports, text, ACME, key).told.counts[Outcome.REFUSED] == 1
    # Nor does it by confirming what somebody else had shown.
    shown = preview(imports, text)
    assert shown.told.counts == {Outcome.ADDED: 2}
    with pytest.raises(NotAllowedError):
        imports.apply(key, shown.id)


def test_who_may_not_import_does_not(imports: Imports) -> None:
    for actor in (person(Role.ANALYST, authenticated=NOW), program("directory:write")):
        with pytest.raises(NotAllowedError):
            preview(imports, LIST, ACME, actor)


def test_what_is_no_list_leaves_nothing_behind(imports: Imports, database: Engine) -> None:
    for text in ("", "colour\nred\n"):
        with pytest.raises(DirectoryError):
            preview(imports, text)
    assert imports.all(ANN) == []


def test_one_that_ends_too_late_is_discarded(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.directory.sheet.reading.MOST_ROWS", 2)
    with pytest.raises(DirectoryError, match="in parts"):
        preview(imports, LIST)
    (left,) = imports.all(ANN)
    assert left.state is ImportState.DISCARDED
    assert imports.rows(ANN, left.id, list(Outcome)) == []


def test_a_preview_does_not_wait_for_ever_and_is_decided_on_once(
    imports: Imports, clock: Clock
) -> None:
    shown, other = preview(imports, LIST), preview(imports, LIST)
    assert imports.discard(ANN, other.id).state is ImportState.DISCARDED
    for ask in (imports.apply, imports.undo, imports.discard):
        with pytest.raises(TakenError):
            ask(ANN, other.id)
    clock.now += PREVIEW_HOURS * HOUR + 1
    with pytest.raises(TakenError, match="too long"):
        imports.apply(ANN, shown.id)
    # Whoever comes next sweeps it away.
    third = preview(imports, LIST)
    assert imports.rows(ANN, shown.id, list(Outcome)) == []
    imports.apply(ANN, third.id)
    clock.now += UNDO_DAYS * DAY + 1
    with pytest.raises(TakenError):
        imports.undo(ANN, third.id)


def test_rows_come_in_pages(imports: Imports) -> None:
    shown = preview(imports, "uid\n" + "".join(f"u-{n}\n" for n in range(7)))
    met: list[str] = []
    after = 0
    while page := imports.rows(ANN, shown.id, [Outcome.ADDED], after, 3):
        met += [one.row.uid for one in page]
        after = page[-1].number
    assert met == [f"u-{n}" for n in range(7)]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_an_export_is_a_list_that_changes_nothing(
    imports: Imports, database: Engine, delimiter: str
) -> None:
    text = (
        "uid,display_name,aliases,external.okta,kind,sharing_owner,sharing_reason,sharing_until\n"
        "=u-1,+33 Zoé,a|b,7,,,,\n"
        "desk,,,,shared,Ann,front desk,2027-03-01\n"
    )
    imports.apply(ANN, preview(imports, text).id)
    exported = b"".join(imports.export(ANN, "acme", delimiter)).decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(exported, newline=""), delimiter=delimiter))
    assert cells[1][:3] == ["'=u-1", "acme", "'+33 Zoé"]
    again = preview(imports, exported, Wish(reading=Reading(tenant="acme", clears=True)))
    assert again.told.counts == {Outcome.UNCHANGED: 2}
    assert accounts(database)["desk"].kind is AccountKind.SHARED
    assert ("directory:export", "accounts", "acme") in deeds(database)
