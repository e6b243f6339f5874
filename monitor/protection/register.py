"""The register of processing (GDPR, article 30): what is done, why, and for how long.

It is written from what the program does and what its settings say. What only a controller can say,
who they are and whom to write to, comes from the settings too; where it is missing, that is told.
"""

from collections.abc import Iterable
from typing import Final

from detectors.core.detector import Text
from monitor.protection.activities import (
    auditing,
    directory,
    measures,
    requests,
    reviewers,
    watching,
)
from monitor.protection.processing import HEADINGS, Entry, Facts, Register
from monitor.protection.proving import proving
from monitor.protection.reporting import reports
from monitor.protection.responding import responding

_UNSAID: Final = Text(
    "not said: set protection.controller, protection.contact and protection.officer",
    "non renseigné : réglages protection.controller, protection.contact et protection.officer",
)


def register(facts: Facts) -> Register:
    """The register of an instance."""
    return Register(
        controller=_said(facts.controller),
        contact=_said(facts.contact),
        officer=_said(facts.officer),
        entries=(
            watching(facts),
            directory(),
            reviewers(facts),
            auditing(facts),
            requests(),
            reports(facts),
            responding(facts),
            proving(facts),
        ),
        measures=measures(facts),
    )


def text_of(text: Text, language: str) -> str:
    """In a reader's language."""
    return text.fr if language == "fr" else text.en


def parts(entry: Entry) -> Iterable[tuple[Text, tuple[Text, ...]]]:
    """An entry's parts that say anything, with their headings."""
    for name, heading in HEADINGS.items():
        told: tuple[Text, ...] = getattr(entry, name)
        if told:
            yield heading, told


def markdown(made: Register, language: str) -> str:
    """The register as a document."""

    def say(en: str, fr: str) -> str:
        return fr if language == "fr" else en

    lines = [
        say("# Register of processing activities", "# Registre des activités de traitement"),
        "",
        f"- {say('Controller', 'Responsable du traitement')}: {text_of(made.controller, language)}",
        f"- {say('Contact', 'Contact')}: {text_of(made.contact, language)}",
        f"- {say('Data protection officer', 'Délégué à la protection des données')}: "
        f"{text_of(made.officer, language)}",
    ]
    for number, entry in enumerate(made.entries, 1):
        lines += ["", f"## {number}. {text_of(entry.name, language)}"]
        for heading, told in parts(entry):
            lines += ["", f"### {text_of(heading, language)}", ""]
            lines += [f"- {text_of(one, language)}" for one in told]
    lines += ["", say("## Security (article 32)", "## Sécurité (article 32)"), ""]
    lines += [f"- {text_of(one, language)}" for one in made.measures]
    return "\n".join(lines) + "\n"


def _said(text: str) -> Text:
    plain = " ".join(text.split())
    return Text(plain, plain) if plain else _UNSAID
