"""Freeman et al. 2016: how much likelier a sign-in's features are of anybody than of this user.

Source: D. Freeman, S. Jain, M. Dürmuth, B. Biggio, G. Giacinto, "Who Are You? A Statistical
Approach to Measuring User Authenticity", NDSS 2016, doi 10.14722/ndss.2016.23240. For features
x_k (the address, the user agent) of user u:

    score = sum over k of log( p(x_k) / p(x_k | u, legitimate) ) + log( p(u | attack) / p(u | L) )

with every user as likely a target as any other. Probabilities are frequencies so far, smoothed as
in section V: a feature backs off to coarser ones (address to AS to country; user agent to browser
to system to form) by linear interpolation, with the weights that Wiefling et al. 2022
(doi 10.1145/3546069) use, and unseen values have the probability M / (N + M) of N events and one
unseen value, M = 1. The paper gives no threshold: here it asks at the riskiest 1 % of the sign-ins
so far, whoever they are of.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from math import inf, log
from typing import ClassVar, NamedTuple

from detectors.core.detector import Text
from detectors.core.event import SignIn
from monitor.evaluation.baselines.baseline import Said, account_of, is_logon
from monitor.evaluation.truth import Account

ADDRESS = (0.6, 0.3, 0.1)
AGENT = (0.53, 0.27, 0.19, 0.01)
ASKED_SHARE = 0.01
BURN_IN = 1_000
"""Sign-ins before which it asks nobody, and after as many of which its limit is set anew."""

Values = tuple[Hashable, ...]


class Chain(NamedTuple):
    """A feature, from its own value to ever coarser ones, with the weight of each."""

    weights: tuple[float, ...]
    of: Callable[[SignIn], Values]


class _Past:
    """How often each value of each feature was seen, in `total` sign-ins.

    Counts are kept by a hash of feature and value: there is one of these for every user.
    """

    __slots__ = ("_counts", "total")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.total = 0

    def add(self, values: Values) -> None:
        counts = self._counts
        for key in map(hash, enumerate(values)):
            counts[key] = counts.get(key, 0) + 1
        self.total += 1

    def count(self, feature: int, value: Hashable) -> int:
        return self._counts.get(hash((feature, value)), 0)

    def probability(self, feature: int, value: Hashable) -> float:
        """Frequency, with one event put aside for values not seen yet."""
        return max(self.count(feature, value), 1) / (self.total + 1)


def _address(event: SignIn) -> Values:
    network, place = event.network, event.place
    return (
        event.ip,
        None if network is None else network.asn,
        None if place is None else place.country,
    )


def _agent(event: SignIn) -> Values:
    device = event.device
    return (
        event.user_agent,
        None if device is None else (device.family, device.os),
        None if device is None else device.os,
        None if device is None else device.form,
    )


class Freeman:
    """Scores each log-on against the user's earlier ones and against everybody's.

    What is varied to see what it is worth: the `chains` of features, whether they are smoothed by
    their coarser values, and whether everybody is everybody of the user's own tenant.
    """

    chains: ClassVar[tuple[Chain, ...]] = (Chain(ADDRESS, _address), Chain(AGENT, _agent))
    is_smoothed: ClassVar[bool] = True
    is_by_tenant: ClassVar[bool] = False
    name: ClassVar[str] = "freeman"
    title: ClassVar[str] = "Freeman et al. 2016"
    rule: ClassVar[Text] = Text(
        "the riskiest 1% of sign-ins so far, by likelihood ratio of address and user agent",
        "le 1 % de connexions les plus risquées jusque-là, par rapport de vraisemblance de "
        "l'adresse et du navigateur",
    )
    credit: ClassVar[str] = "https://doi.org/10.14722/ndss.2016.23240"

    def __init__(self) -> None:
        self._everybody: dict[str, _Past] = {}
        self._users: dict[Account, _Past] = {}
        self._known: Counter[str] = Counter()
        self._scores: Counter[float] = Counter()
        self._scored = 0
        self._limit = inf

    def observe(self, event: SignIn) -> Said | None:
        """The log-likelihood ratio; a user's first log-on has none."""
        if not is_logon(event):
            return None
        values = tuple(value for chain in self.chains for value in chain.of(event))
        account = account_of(event)
        among = event.tenant if self.is_by_tenant else ""
        everybody = self._everybody.setdefault(among, _Past())
        user = self._users.get(account)
        said: Said | None = None
        if user is not None:
            base = log(everybody.total / (self._known[among] * user.total))
            score = round(base + self._score(values, user, everybody), 2)
            said = Said(score, self._is_among_the_riskiest(score))
        else:
            user = self._users[account] = _Past()
            self._known[among] += 1
        user.add(values)
        everybody.add(values)
        return said

    def _score(self, values: Values, user: _Past, everybody: _Past) -> float:
        score, first = 0.0, 0
        for chain in self.chains:
            of_anybody = everybody.probability(first, values[first])
            if self.is_smoothed:
                of_user = self._smoothed(values, user, everybody, first, chain.weights)
            else:
                of_user = user.probability(first, values[first])
            score += log(of_anybody / of_user)
            first += len(chain.weights)
        return score

    def _smoothed(
        self,
        values: Values,
        user: _Past,
        everybody: _Past,
        first: int,
        weights: tuple[float, ...],
    ) -> float:
        """p(x | u), by way of each coarser feature y: p(x | y) p(y | u)."""
        whole = everybody.probability(first, values[first])
        total = 0.0
        for offset, weight in enumerate(weights):
            feature = first + offset
            value = values[feature]
            within = whole / everybody.probability(feature, value)
            seen = user.count(feature, value)
            of_user = seen / (user.total + 1) if seen else _unseen(user, everybody, feature, value)
            total += weight * min(1.0, within) * of_user
        return total

    def _is_among_the_riskiest(self, score: float) -> bool:
        self._scores[score] += 1
        self._scored += 1
        if self._scored % BURN_IN == 0:
            self._limit = self._riskiest()
        return score > self._limit

    def _riskiest(self) -> float:
        """The score above which the riskiest share of all sign-ins so far lies."""
        above = 0
        for score in sorted(self._scores, reverse=True):
            above += self._scores[score]
            if above >= ASKED_SHARE * self._scored:
                return score
        return inf


def _unseen(user: _Past, everybody: _Past, feature: int, value: Hashable) -> float:
    """What is put aside for all unseen values, this one's share of it as among everybody."""
    return everybody.probability(feature, value) / (user.total + 1)
