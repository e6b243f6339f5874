"""What the accounts of a tenant come to: how many of each fact, and one score with its parts."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from monitor.hygiene.facts import Fact, Judged

WEIGHTS: Final = {
    Fact.DORMANT: 2,
    Fact.GENERIC_NAME: 3,
    Fact.PRIVILEGED_WITHOUT_STRONG_FACTOR: 3,
    Fact.NO_MFA: 3,
    Fact.OUTDATED_BROWSER: 1,
    Fact.OUTDATED_SYSTEM: 1,
    Fact.STALE_SESSION: 1,
    Fact.OFFBOARDED_ACTIVE: 3,
    Fact.UNKNOWN_TO_DIRECTORY: 2,
    Fact.WEAK_FACTOR: 2,
    Fact.PRIVILEGED_WITHOUT_PASSKEY: 2,
    Fact.UNREVIEWED_ALERT: 3,
}
"""How much each part counts for the whole: 3 what lets somebody else in, 1 what makes it easier."""


class Tally(Struct):
    """Accounts of one tenant, counted: all of them, those that each fact could be said of, and
    those that it is said of. Tallies of parts of a tenant add up to its own, in any order."""

    accounts: int = 0
    considered: dict[Fact, int] = field(default_factory=dict)
    said: dict[Fact, int] = field(default_factory=dict)

    def add(self, judged: Judged) -> None:
        """One account more."""
        self.accounts += 1
        for fact in judged.considered:
            self.considered[fact] = self.considered.get(fact, 0) + 1
        for fact in judged.said:
            self.said[fact] = self.said.get(fact, 0) + 1

    def parts(self) -> dict[Fact, float]:
        """Of each fact that could be said of anybody, the share of accounts that it is not said
        of, 0 to 100."""
        return {
            fact: round(100 * (1 - self.said.get(fact, 0) / count), 1)
            for fact in Fact
            if (count := self.considered.get(fact, 0))
        }

    def score(self) -> float | None:
        """The parts' mean by `WEIGHTS`, 0 to 100; None where nothing could be said of anybody."""
        parts = self.parts()
        weight = sum(WEIGHTS[fact] for fact in parts)
        if not weight:
            return None
        return round(sum(WEIGHTS[fact] * part for fact, part in parts.items()) / weight, 1)


def together(tallies: Iterable[Tally]) -> Tally:
    """Several as one."""
    whole = Tally()
    for one in tallies:
        whole.accounts += one.accounts
        for mine, theirs in ((whole.considered, one.considered), (whole.said, one.said)):
            for fact, count in theirs.items():
                if count:
                    mine[fact] = mine.get(fact, 0) + count
    return whole
