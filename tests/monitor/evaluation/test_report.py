"""The report: needs nothing else, says the same in both languages, and escapes what it is told."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from detectors.core.detector import Text
from detectors.sharing.features import FEATURES
from monitor.evaluation import report
from monitor.evaluation.ablation import Ablated
from monitor.evaluation.intervals import share
from monitor.evaluation.measures import measure
from monitor.evaluation.steps import Step
from monitor.evaluation.summary import Summary, summarise
from monitor.evaluation.truth import SHARING, TAKEOVER
from monitor.evaluation.verdicts import Verdicts
from tests.monitor.evaluation.worlds import called, misdeed, trial, truth


def summary(command: str = "vigie evaluate x.ndjson --labels y") -> Summary:
    world = truth(
        misdeed("a", strategy="relay"),
        misdeed("b", TAKEOVER, strategy="<phished>", held_back=True),
        honest=20,
    )
    one = trial(world, called("a", SHARING, 1), called("h1", SHARING, 1))
    one.verdicts[0].sign_ins.legitimate.update({0.0: 90, 0.9: 2})
    one.verdicts[0].sign_ins.stolen.update({0.9: 3, 0.0: 1})
    one.verdicts[0].sharing_scores["acme", "a"] = 0.9
    other = Verdicts("panther")
    other.sign_ins.legitimate.update({0.0: 92})
    other.sign_ins.stolen.update({0.0: 4})
    one.verdicts.append(other)
    without = trial(world)
    ablated = [Ablated("impossible_travel", None, 7, measure("vigie", [without]))]
    features = [Ablated("account_sharing", FEATURES[0].name, 3, measure("vigie", [without]))]
    ladder = [Step("smoothed", Text("as <published>", "tel que <publié>"), [share(3, 4)] * 3)]
    return summarise([one], command, ablated, features=features, steps=ladder)


class Reader(HTMLParser):
    """Notes what a page would fetch, and that every element is closed."""

    VOID = frozenset({"meta", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe", "object"}:
            self.fetched.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", report.LANGUAGES)
def test_the_page_needs_nothing_else(language: str) -> None:
    page = report.html(summary(), language)
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.fetched == []
    assert "url(" not in page
    assert f'<html lang="{language}">' in page
    assert re.search(rf'id="show-{language}"[^>]* checked', page)


def test_both_languages_tell_the_same_figures() -> None:
    _, english, french = report.html(summary()).split("<div data-language=")
    assert english.count("<tr") == french.count("<tr") > 20
    assert english.count("<svg") == french.count("<svg") == 9
    assert "Shared accounts found" in english
    assert "Comptes partagés trouvés" in french


def test_what_comes_from_outside_is_escaped() -> None:
    page = report.html(summary("vigie evaluate '<script>'"))
    assert "<script" not in page
    assert "<phished>" not in page
    assert "&lt;phished&gt;" in page


def test_json_holds_every_figure() -> None:
    told = msgspec.json.decode(report.json(summary()))
    vigie = told["measures"][0]
    assert vigie["sharing"]["recall"] == {
        "found": 1,
        "total": 1,
        "value": 1.0,
        "low": vigie["sharing"]["recall"]["low"],
        "high": 1.0,
    }
    assert told["ablation"][0]["off"] == "impossible_travel"
    assert told["command"] == summary().command


def test_the_document_has_the_command_and_well_formed_tables() -> None:
    text = report.markdown(summary())
    assert text.startswith("# Accuracy\n")
    assert "```sh\nvigie evaluate x.ndjson --labels y\n```" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1, block
    assert "`<phished>` (held back)" in text
    assert "no detector found anything" in text
    assert report.markdown(summary()) == text, "the same every time"


def test_the_ablation_says_what_is_lost() -> None:
    (row,) = report.ablation_rows(summary(), "en")
    assert (row.name, row.findings) == ("Impossible travel", 7)
    assert row.cells[0].told == "0%"
    assert (row.cells[0].change, row.cells[0].style) == ("−100", "bad")
    assert (row.cells[6].change, row.cells[6].style) == ("−5", "good"), "fewer false alarms"


def test_a_report_without_ablation_baselines_or_misdeeds_is_one_too() -> None:
    bare = summarise([trial(truth())], "vigie evaluate")
    assert "Each detector off in turn" not in report.markdown(bare)
    assert "Nothing was missed." in report.markdown(bare)
    assert report.html(bare)


def test_features_and_steps_are_told_in_both_languages() -> None:
    told = summary()
    document = report.markdown(told)
    assert "## Each feature of the learned model off in turn" in document
    assert f"| {FEATURES[0].words.en} | 3 |" in document
    assert "| as <published> | 75%" in document
    french = report.html(told, "fr")
    assert "De Freeman et al. à Vigie" in french
    assert "tel que &lt;publié&gt;" in french
    bare = msgspec.structs.replace(told, features=[], steps=[])
    assert "Freeman et al. to Vigie" not in report.markdown(bare)
