"""What an application answers its user while Vigie does not: allowed, unless it says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vigie_client.decision import Verdict


@dataclass(frozen=True, slots=True)
class Fallback:
    """The rule for the time that Vigie is away.

    `otherwise` is for everybody: ALLOW by default, since a monitor that is down must not be a
    door that is shut. `cases` are names of the application's own, such as "administrator" or
    "payout", and what they get instead: `Fallback(cases={"payout": Verdict.DENY})`. A question
    about a case that is not among them is refused (ValueError) before it is asked: a mistyped
    name must not be a way in. CHALLENGE says that the application is to ask for a proof in its
    own way: there is no link of Vigie's to go to.
    """

    otherwise: Verdict = Verdict.ALLOW
    cases: Mapping[str, Verdict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cases", MappingProxyType(dict(self.cases)))

    def verdict(self, case: str | None) -> Verdict:
        """What holds for a case, None for none. Raises ValueError for one that is not named."""
        if case is None:
            return self.otherwise
        try:
            return self.cases[case]
        except KeyError:
            known = ", ".join(sorted(self.cases)) or "none"
            raise ValueError(f"no case {case!r} in the fallback's cases ({known})") from None
