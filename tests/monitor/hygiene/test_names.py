"""Names: which are nobody's, in French and English, and which are people's after all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.hygiene.names import WORDS, Reason, generic, reason_of


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("accueil", Reason.DESK),
        ("Accueil2", Reason.DESK),
        ("réception", Reason.DESK),
        ("info@acme.fr", Reason.DESK),
        ("ressources.humaines", Reason.DESK),
        ("agent_042", Reason.DESK),
        ("stagiaires", Reason.DESK),
        ("poste1", Reason.MACHINE),
        ("POSTE-12", Reason.MACHINE),
        ("poste n°3", Reason.MACHINE),
        ("salle de réunion", None),
        ("pc.salle.2", Reason.MACHINE),
        ("test", Reason.TEST),
        ("test.user", Reason.TEST),
        ("démo", Reason.TEST),
        ("toto", Reason.TEST),
        ("admin", Reason.ADMINISTRATION),
        ("administrateur1", Reason.ADMINISTRATION),
        ("root", Reason.ADMINISTRATION),
        ("invité", Reason.ANYBODY),
        ("guest-3", Reason.ANYBODY),
        ("user17", Reason.ANYBODY),
        ("equipe_commerciale", None),
        ("équipe", Reason.TEAM),
        ("groupe-ventes", Reason.TEAM),
        ("everyone", Reason.TEAM),
    ],
)
def test_names_that_are_nobodys(name: str, reason: Reason | None) -> None:
    assert reason_of(name) is reason


@pytest.mark.parametrize(
    "name",
    [
        "marie.accueil",
        "p.bureau",
        "b.team",
        "jean.test@acme.fr",
        "mdupont",
        "dupont42",
        "4711",
        "",
        "@acme.fr",
        "550e8400-e29b-41d4-a716-446655440000",
        "marina.poste",
        "testa",
        "adminou",
        "Élodie Martin",
        "de la",
        "李雷",
        "user@",
    ],
)
def test_names_that_may_be_somebodys(name: str) -> None:
    """One word that is none of the lists is a person's; what stands before the @ counts alone."""
    assert reason_of(name) is (Reason.ANYBODY if name == "user@" else None)


def test_the_first_that_is_nobodys_is_told_with_its_reason() -> None:
    assert generic(["u-1", "poste3", "test"]) == ("poste3", Reason.MACHINE)
    assert generic(["u-1", "Marie"]) is None


def test_every_reason_is_said_in_both_languages() -> None:
    for reason in Reason:
        assert WORDS[reason].en != WORDS[reason].fr


@given(st.text(max_size=400))
def test_any_name_is_borne_and_its_case_does_not_matter(name: str) -> None:
    assert reason_of(name) is reason_of(name)
    if name.isascii():
        assert reason_of(name.upper()) is reason_of(name.lower())
