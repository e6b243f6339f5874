"""What is weighed is said of accounts' use, and of nothing else."""

from pathlib import Path

from msgspec import structs

from detectors.core.finding import Theme
from detectors.core.identity import Subject, SubjectKind
from monitor.services.review import Review
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from tests.monitor.services.people import ADMINISTRATOR
from tests.monitor.web.staging import Stage, fill


def test_only_the_use_of_an_account_has_four_explanations(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "vigie.db")
    fill(stage)
    review = Review(Reading(stage.engine))
    [row, *_] = [
        row
        for row in review.page(ADMINISTRATOR, Filter(), None, "en").rows
        if row.subject.kind is SubjectKind.ACCOUNT
    ]
    view = review.incident(ADMINISTRATOR, bytes.fromhex(row.id.replace("-", "")), "en")
    assert view is not None
    used = structs.replace(view, theme=Theme.USE)
    assert used.weighs_explanations
    assert not structs.replace(used, theme=Theme.ATTACK).weighs_explanations
    reported = structs.replace(used, theme=Theme.REPORT)
    assert (reported.is_report, reported.weighs_explanations, used.is_report) == (
        True,
        False,
        False,
    )
    source = structs.replace(row, subject=Subject(SubjectKind.SOURCE, "t", "192.0.2.1"))
    assert not structs.replace(used, row=source).weighs_explanations
