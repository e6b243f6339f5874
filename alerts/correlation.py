"""Turns all the findings on one subject into its incidents: the same set, the same incidents."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import combinations, product
from typing import Annotated

from msgspec import Meta, Struct, structs

from alerts.assessment import DEFAULTS as ASSESSMENT_DEFAULTS
from alerts.assessment import AssessmentParameters, Scales, distinct, leading
from alerts.conclusion import DEFAULTS as CONCLUSION_DEFAULTS
from alerts.conclusion import Conclusion, ConclusionParameters, conclude
from alerts.incident import Category, Hypothesis, Incident
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.identity import Subject, SubjectKind, timed_id

MAXIMUM_OTHERS = 1_000
"""Further subjects that an incident names."""
REMEMBERED = 3
"""Attack windows after a campaign that guesses by its sources are still part of it."""
PART_OF_CAMPAIGN = 2.0
"""Nats that guesses at one account weigh, by addresses that try many accounts."""
_NEARLY_ALL = 0.8
_MOST = 0.5
_CHANCE_EXISTING = 3
_CHANCE_SHARE = 0.04
"""So many of the names that somebody asks for are accounts by chance, as far as told in steps."""
_SAME_PACE = 4.0
"""Tries at about the same pace are one campaign's, whatever client they are made with."""
_OTHER_PACE = 10.0
_UNSAID = (None, "", "?")
_NETWORKS = ("network", "from_network", "to_network")


class CorrelationParameters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings are one incident. Raises ValueError when a window is not positive."""

    use_window: Annotated[
        int,
        Meta(
            description="Longest quiet between two findings of one incident about an account's use",
            extra={"unit": "ms"},
        ),
    ] = 7 * DAY
    attack_window: Annotated[
        int,
        Meta(
            description="Longest quiet between two findings of one incident about an attack",
            extra={"unit": "ms"},
        ),
    ] = 24 * HOUR
    siege_window: Annotated[
        int,
        Meta(
            description="The same between two of one detector about one account: who is at it "
            "comes back",
            extra={"unit": "ms"},
        ),
    ] = 3 * DAY
    campaign_pause: Annotated[
        int,
        Meta(
            description="Quiet after which other networks and clients are another campaign",
            extra={"unit": "ms"},
        ),
    ] = HOUR
    campaign_window: Annotated[
        int,
        Meta(
            description="Longest quiet between two sources of one campaign",
            extra={"unit": "ms"},
        ),
    ] = 6 * HOUR
    another: Annotated[
        int,
        Meta(
            description="Least quiet after which another stranger on an account is another matter",
            extra={"unit": "ms"},
        ),
    ] = 6 * HOUR
    stranger: Annotated[
        float,
        Meta(
            description="Least that the first sign-in of another stranger weighs",
            extra={"unit": "nats"},
        ),
    ] = 3.5
    assessment: AssessmentParameters = ASSESSMENT_DEFAULTS
    conclusion: ConclusionParameters = CONCLUSION_DEFAULTS

    def __post_init__(self) -> None:
        windows = (
            self.use_window,
            self.attack_window,
            self.siege_window,
            self.campaign_window,
            self.campaign_pause,
        )
        if min(windows) <= 0:
            raise ValueError("a window must be longer than 0 ms")

    def window(self, theme: Theme) -> int:
        """The longest quiet within an incident of this theme, in ms."""
        return self.attack_window if theme is Theme.ATTACK else self.use_window

    def longest(self, theme: Theme) -> int:
        """The longest quiet that two findings of one incident of this theme may have, in ms."""
        if theme is Theme.ATTACK:
            return max(self.attack_window, self.siege_window)
        return self.use_window


DEFAULTS = CorrelationParameters()


def correlate(
    findings: Sequence[Finding],
    existing: Sequence[Incident] = (),
    parameters: CorrelationParameters = DEFAULTS,
    *,
    sharing_is_allowed: bool | Callable[[int], bool] = False,
    campaigns: Sequence[Incident] = (),
) -> list[Incident]:
    """The incidents that all active findings of one subject come to, oldest first.

    Findings of one theme, each at most the theme's window after the one before, are one
    incident, and so is an attack that goes on for days, of which findings are told ever more
    seldom; HEALTH never is. The order of `findings` and of `existing` does not matter, and
    without `existing` the result depends on nothing but the set of findings.

    `existing` are the incidents known so far; they give their ids on. From the oldest part on,
    each part takes the smallest id not yet taken among the incidents that it shares a finding
    with: of merged incidents the older id stays, of a split one the part with the oldest finding
    keeps it. An id of `existing` that is not in the result has no findings left, or was merged.
    A new id follows from time, subject, theme and first finding, and is none of `existing`.

    `reached` is the time of the first of the last unbroken run of findings, in (time, id) order,
    after each of which the incident had the severity that it has now; its category may have
    changed since, as more was learned.

    `sharing_is_allowed` says that several people may use the account (see `conclude`), at what
    time (ms) where that is not always so: what is found while they may is no incident with what
    is found when they may not.

    `campaigns` are incidents over many accounts at the time: an attack on this one by their
    sources is theirs, and weighs at most `PART_OF_CAMPAIGN` nats here.

    Raises ValueError when the findings or incidents are not all of one subject.
    """
    told = [_within(finding, campaigns, parameters) for finding in distinct(findings)]
    active = sorted(told, key=lambda finding: (finding.time, finding.id))
    if not active:
        return []
    subject = _only_subject(active, existing)
    use = [finding for finding in active if finding.theme is Theme.USE]
    attacks = [finding for finding in active if finding.theme is Theme.ATTACK]
    reports = [finding for finding in active if finding.theme is Theme.REPORT]
    groups = [
        *((Theme.ATTACK, False, group) for group in _sieges(attacks, parameters)),
        *((Theme.REPORT, False, group) for group in _chains(reports, parameters.use_window)),
        *(
            (Theme.USE, allowed, group)
            for allowed, some in _by_permission(use, sharing_is_allowed)
            for chain in _chains(some, parameters.use_window)
            for group in _parted(chain, parameters, allowed)
        ),
    ]
    groups.sort(key=lambda of: (of[2][0].time, of[2][0].id))
    names = _Names(subject, existing)
    return [
        _incident(
            names.name(theme, group),
            subject,
            theme,
            group,
            parameters,
            partial(conclude, parameters=parameters.conclusion, sharing_is_allowed=allowed),
        )
        for theme, allowed, group in groups
    ]


def _by_permission(
    findings: list[Finding], sharing_is_allowed: bool | Callable[[int], bool]
) -> list[tuple[bool, list[Finding]]]:
    """Findings from when several people might use the account, and those from when not."""
    if isinstance(sharing_is_allowed, bool):
        return [(sharing_is_allowed, findings)]
    told: dict[bool, list[Finding]] = {False: [], True: []}
    for finding in findings:
        told[sharing_is_allowed(finding.time)].append(finding)
    return list(told.items())


def _within(
    finding: Finding, campaigns: Sequence[Incident], parameters: CorrelationParameters
) -> Finding:
    if finding.theme is not Theme.ATTACK or not finding.involved or not campaigns:
        return finding
    weights = finding.evidence.weights
    if weights.attack <= PART_OF_CAMPAIGN:
        return finding
    window = parameters.attack_window
    sources = {
        source
        for campaign in campaigns
        if campaign.severity >= Severity.MEDIUM
        and campaign.opened - window <= finding.time <= campaign.updated + REMEMBERED * window
        for source in (campaign.subject, *campaign.others)
    }
    if sum(one in sources for one in finding.involved) < _NEARLY_ALL * len(finding.involved):
        return finding
    lighter = structs.replace(weights, attack=PART_OF_CAMPAIGN)
    return structs.replace(finding, evidence=structs.replace(finding.evidence, weights=lighter))


class _Part(Struct):
    """What one source, or the tenant itself, did in one go: its findings and their conclusion."""

    subject: Subject
    theme: Theme
    findings: list[Finding]
    category: Category
    is_for_review: bool
    first: int
    last: int
    involved: frozenset[Subject]
    end: int
    attack: float
    clients: frozenset[str]
    networks: frozenset[str]
    paces: tuple[float, ...]
    """Failures of each source in a minute; none where it is not said."""

    def is_near(self, other: "_Part", window: int) -> bool:
        """Whether the two are at most a window apart."""
        return self.first - other.end <= window and other.first - self.end <= window


def correlate_campaigns(
    findings: Sequence[Finding],
    existing: Sequence[Incident] = (),
    parameters: CorrelationParameters = DEFAULTS,
) -> list[Incident]:
    """The incidents that findings on a tenant's sources, and on the tenant itself, come to.

    First the findings of each source are weighed together, as `correlate` does. Then sources of
    the same category, each at most the campaign window after the one before, are one campaign,
    those for review apart from the others, where they look alike by client, network and pace. A
    finding on the tenant for review is one with the sources that it names, whatever these look
    like by themselves, and two that mostly name the same are one; what else several incidents
    name, stays with the strongest. The subject is the source where it is only one, else the
    tenant; the sources are `others`, at most `MAXIMUM_OTHERS`, those that began first. Ids are
    given as `correlate` does.

    Raises ValueError when the findings or incidents are not all of one tenant, or of an account.
    """
    active = sorted(distinct(findings), key=lambda finding: (finding.time, finding.id))
    subjects = {of.subject for of in active} | {of.subject for of in existing}
    tenants = {subject.tenant for subject in subjects}
    if len(tenants) > 1 or any(s.kind is SubjectKind.ACCOUNT for s in subjects):
        raise ValueError("findings on the sources of one tenant are correlated")
    if not active:
        return []
    tenant = Subject(SubjectKind.TENANT, tenants.pop(), "")
    weigh = partial(conclude, parameters=parameters.conclusion)
    names = _Names(tenant, existing)
    incidents = []
    for campaign in _campaigns(_parts(active, parameters, weigh), parameters):
        group = sorted((f for p in campaign for f in p.findings), key=lambda f: (f.time, f.id))
        theme = campaign[0].theme
        subject = campaign[0].subject
        if any(part.subject != subject for part in campaign):
            subject = tenant
        one = _incident(names.name(theme, group), subject, theme, group, parameters, weigh)
        if any(_is_flood_of_tenant(part) for part in campaign):
            # A flood looks like any of the others while it lasts.
            one = structs.replace(one, category=Category.OVERLOAD)
        elif one.category is Category.ACCOUNT_ENUMERATION and _are_pairs(group):
            one = structs.replace(one, category=Category.CREDENTIAL_STUFFING)
        incidents.append(one)
    return _named_once(incidents, parameters.campaign_window)


def _are_pairs(group: Sequence[Finding]) -> bool:
    """Whether more of the names exist than chance has it, seen over all addresses: a list of names
    and passwords, each part of which looks like a search for accounts by itself."""
    names = sum(_count(finding, "names") for finding in group)
    existing = sum(_count(finding, "existing") for finding in group)
    return existing > max(_CHANCE_EXISTING, _CHANCE_SHARE * names)


def _count(finding: Finding, fact: str) -> float:
    value = finding.evidence.facts.get(fact)
    return float(value) if isinstance(value, int | float) else 0.0


def _is_flood_of_tenant(part: _Part) -> bool:
    return part.subject.kind is SubjectKind.TENANT and part.category is Category.OVERLOAD


def _parts(
    findings: Sequence[Finding],
    parameters: CorrelationParameters,
    weigh: Callable[[Scales, Theme], Conclusion],
) -> list[_Part]:
    """Of each source what it did in one go; of the tenant, whose findings are about many sources
    each, what one detector found in one go with one client."""
    of: dict[tuple[Subject, Theme, str], list[Finding]] = {}
    for finding in findings:
        if finding.theme is not Theme.HEALTH:
            is_whole = finding.subject.kind is SubjectKind.TENANT
            client = finding.evidence.facts.get("client", "")
            told_by = f"{finding.detector} {client}" if is_whole else ""
            of.setdefault((finding.subject, finding.theme, told_by), []).append(finding)
    return [
        _part(subject, theme, chain, parameters, weigh)
        for (subject, theme, told_by), mine in of.items()
        for chain in _chains(
            mine, parameters.campaign_window if told_by else parameters.window(theme)
        )
    ]


def _part(
    subject: Subject,
    theme: Theme,
    chain: list[Finding],
    parameters: CorrelationParameters,
    weigh: Callable[[Scales, Theme], Conclusion],
) -> _Part:
    scales = Scales(parameters.assessment)
    for finding in chain:
        scales.add(finding)
    conclusion = weigh(scales, theme)
    return _Part(
        subject,
        theme,
        chain,
        conclusion.category,
        conclusion.severity >= Severity.MEDIUM,
        chain[0].time,
        chain[-1].time,
        frozenset(other for finding in chain for other in finding.involved),
        max(finding.time + _lasted(finding) for finding in chain),
        max(finding.evidence.weights.attack for finding in chain),
        _said("client", chain),
        _said("network", chain),
        tuple(pace for finding in chain if (pace := _pace(finding))),
    )


def _lasted(finding: Finding) -> int:
    """How long a finding says that it went on, in ms: of a source after its time, of an account
    before it."""
    minutes = finding.evidence.facts.get("minutes")
    return round(minutes * MINUTE) if isinstance(minutes, int | float) else 0


def _pace(finding: Finding) -> float:
    """Failures of each of its sources in a minute, 0 where it does not say."""
    failures, minutes, sources = (_count(finding, f) for f in ("failures", "minutes", "sources"))
    return failures / max(1.0, minutes) / max(1.0, sources)


def _said(fact: str, findings: Iterable[Finding]) -> frozenset[str]:
    values = (finding.evidence.facts.get(fact) for finding in findings)
    return frozenset(str(value) for value in values if value not in _UNSAID)


class _Cluster(Struct):
    """Parts of one kind so far, none of them named by a tenant's."""

    index: int
    last: int
    end: int
    clients: set[str]
    networks: set[str]
    paces: list[float]

    def likeness(self, part: _Part) -> int:
        """How much a later part looks like these: by its client, its network and its pace."""
        alike = 0
        if self.clients and part.clients:
            alike += -1 if self.clients.isdisjoint(part.clients) else 1
        alike += 0 if self.networks.isdisjoint(part.networks) else 2
        if self.paces and part.paces:
            apart = max(self.paces[0] / part.paces[0], part.paces[0] / self.paces[-1])
            alike += 1 if apart <= _SAME_PACE else -2 if apart > _OTHER_PACE else 0
        return alike

    def takes(self, part: _Part, parameters: CorrelationParameters) -> bool:
        """Whether a later part goes on with it: in time, and by what it is; after a pause, only
        where something speaks for it, or nothing is known of either."""
        if part.first - self.last > parameters.campaign_window:
            return False
        if part.first - self.end <= parameters.campaign_pause:
            return self.likeness(part) >= 0
        is_told = (self.clients and part.clients) or (self.paces and part.paces)
        return self.likeness(part) > 0 or not is_told

    def add(self, part: _Part) -> None:
        """Take it in."""
        self.last = max(self.last, part.last)
        self.end = max(self.end, part.end)
        self.clients |= part.clients
        self.networks |= part.networks
        paces = [*self.paces, *part.paces]
        self.paces = [min(paces), max(paces)] if paces else []


def _campaigns(parts: list[_Part], parameters: CorrelationParameters) -> list[list[_Part]]:
    """The parts that are one campaign, campaigns and parts in order of time."""
    parts = sorted(parts, key=lambda p: (p.first, p.last, str(p.subject)))
    roots = list(range(len(parts)))

    def root(index: int) -> int:
        while roots[index] != index:
            roots[index] = roots[roots[index]]
            index = roots[index]
        return index

    def join(one: int, other: int) -> None:
        roots[max(root(one), root(other))] = min(root(one), root(other))

    pairs = _named_by_tenant(parts, parameters)
    for one, other in pairs:
        join(one, other)
    named = {other for _, other in pairs if parts[other].subject.kind is SubjectKind.SOURCE}
    clusters: dict[tuple[Theme, Category, bool], list[_Cluster]] = {}
    for index, part in enumerate(parts):
        if index in named:
            continue
        of_kind = clusters.setdefault((part.theme, part.category, part.is_for_review), [])
        taking = [cluster for cluster in of_kind if cluster.takes(part, parameters)]
        if taking:
            cluster = max(taking, key=lambda one: (one.likeness(part), one.last, -one.index))
            join(cluster.index, index)
        else:
            of_kind[:] = [c for c in of_kind if part.first - c.last <= parameters.campaign_window]
            cluster = _Cluster(index, part.last, part.end, set(), set(), [])
            of_kind.append(cluster)
        cluster.add(part)
    campaigns: dict[int, list[_Part]] = {}
    for index, part in enumerate(parts):
        campaigns.setdefault(root(index), []).append(part)
    return list(campaigns.values())


def _named_by_tenant(
    parts: list[_Part], parameters: CorrelationParameters
) -> list[tuple[int, int]]:
    """Which parts belong to which finding on the tenant for review, by their places in `parts`:
    the sources that it names, those that go with it, and another that mostly names the same."""
    window, pause = parameters.campaign_window, parameters.campaign_pause
    of: dict[tuple[Theme, Subject], list[int]] = {}
    for index, part in enumerate(parts):
        of.setdefault((part.theme, part.subject), []).append(index)
    wholes = [i for i, p in enumerate(parts) if p.is_for_review and p.involved]
    pairs = [
        (whole, index)
        for whole in wholes
        for other in parts[whole].involved
        for index in of.get((parts[whole].theme, other), ())
        if parts[whole].is_near(parts[index], window)
    ]
    named = {index for _, index in pairs}
    for whole, index in product(wholes, range(len(parts))):
        if index not in named and _goes_with(parts[index], parts[whole], pause):
            pairs.append((whole, index))
            named.add(index)
    pairs.extend(
        (one, other)
        for one, other in combinations(wholes, 2)
        if _is_mostly_of(parts[one], parts[other], window)
    )
    return pairs


def _goes_with(part: _Part, whole: _Part, pause: int) -> bool:
    """Whether this is one more part of a stuffing that is seen across the tenant: addresses of it
    that happened to try no name that exists look like an enumeration by themselves."""
    return (
        whole.category is Category.CREDENTIAL_STUFFING
        and part.category is Category.ACCOUNT_ENUMERATION
        and part.is_for_review
        and part.theme is whole.theme
        and part.first - whole.end <= pause
        and whole.first - part.end <= pause
    )


def _is_mostly_of(one: _Part, other: _Part, window: int) -> bool:
    """Whether most of the sources of each of the two are the other's as well."""
    if one.theme is not other.theme or not one.is_near(other, window):
        return False
    more = max(len(one.involved), len(other.involved))
    return len(one.involved & other.involved) >= _MOST * more


def _named_once(incidents: list[Incident], window: int) -> list[Incident]:
    """Each source in the strongest of the incidents for review that name it at about one time."""
    naming: dict[Subject, list[Incident]] = {}
    for incident in incidents:
        if incident.severity >= Severity.MEDIUM and incident.theme is Theme.ATTACK:
            for source in incident.others:
                naming.setdefault(source, []).append(incident)
            if incident.subject.kind is SubjectKind.SOURCE:
                naming.setdefault(incident.subject, []).append(incident)
    weaker: dict[bytes, set[Subject]] = {}
    for source, several in naming.items():
        several.sort(key=lambda one: (_attack(one), -one.opened, one.id), reverse=True)
        for number, one in enumerate(several):
            near = (
                one.opened - window <= stronger.updated and stronger.opened - window <= one.updated
                for stronger in several[:number]
            )
            if any(near):
                weaker.setdefault(one.id, set()).add(source)
    return [
        structs.replace(one, others=tuple(o for o in one.others if o not in weaker[one.id]))
        if one.id in weaker and any(o not in weaker[one.id] for o in one.others)
        else one
        for one in incidents
    ]


def _attack(incident: Incident) -> float:
    """The most that a finding of it speaks for an attack, in nats."""
    return max((c.attack for c in incident.assessment.contributions), default=0.0)


def _others(subject: Subject, group: Sequence[Finding]) -> tuple[Subject, ...]:
    """Whom else the findings are about or name, those of the oldest findings first; bounded."""
    others: dict[Subject, None] = {}
    for finding in group:
        for other in (finding.subject, *finding.involved):
            if other != subject and other.kind is not SubjectKind.TENANT:
                others[other] = None
                if len(others) == MAXIMUM_OTHERS:
                    return tuple(others)
    return tuple(others)


def _only_subject(findings: Iterable[Finding], existing: Iterable[Incident]) -> Subject:
    subjects = {of.subject for of in findings} | {of.subject for of in existing}
    if len(subjects) > 1:
        raise ValueError(f"findings of one subject are correlated, not of {len(subjects)}")
    return subjects.pop()


def _chains(findings: Iterable[Finding], window: int) -> Iterator[list[Finding]]:
    chain: list[Finding] = []
    end = 0
    for finding in findings:
        if chain and finding.time - end > window:
            yield chain
            chain = []
            end = 0
        chain.append(finding)
        is_source = finding.subject.kind is SubjectKind.SOURCE
        end = max(end, finding.time + (_lasted(finding) if is_source else 0))
    if chain:
        yield chain


def _parted(
    chain: list[Finding], parameters: CorrelationParameters, allowed: bool
) -> Iterator[list[Finding]]:
    """An account's use with a matter of its own for each stranger who came when a reviewer was
    called already: who was somebody else by computer and network, and would call one alone."""
    weigh = partial(conclude, parameters=parameters.conclusion, sharing_is_allowed=allowed)
    start, scales, networks = 0, Scales(parameters.assessment), set[str]()
    for place, finding in enumerate(chain):
        if (
            place > start
            and finding.time - chain[place - 1].time >= parameters.another
            and weigh(scales, Theme.USE).severity >= Severity.MEDIUM
            and leading(scales.posterior()) is not Hypothesis.SHARED
            and _is_another(_at_once(chain, place), networks, parameters, weigh)
        ):
            yield chain[start:place]
            start, scales, networks = place, Scales(parameters.assessment), set()
        scales.add(finding)
        networks |= _networks(finding)
    yield chain[start:]


def _at_once(chain: list[Finding], place: int) -> list[Finding]:
    """What was found at the event that the finding there was."""
    time = chain[place].time
    return [finding for finding in chain[place:] if finding.time == time]


def _is_another(
    told: list[Finding],
    networks: set[str],
    parameters: CorrelationParameters,
    weigh: Callable[[Scales, Theme], Conclusion],
) -> bool:
    """Whether this is a stranger's first sign-in, on a computer new to the account and a network
    that nothing was found of before, and is ground enough to call a reviewer."""
    if not any(
        finding.evidence.facts.get("new_device") is True
        and finding.evidence.weights.taken_over >= parameters.stranger
        and _networks(finding).isdisjoint(networks)
        for finding in told
    ):
        return False
    scales = Scales(parameters.assessment)
    for finding in told:
        scales.add(finding)
    is_taken_over = leading(scales.posterior()) is Hypothesis.TAKEN_OVER
    return is_taken_over and weigh(scales, Theme.USE).severity >= Severity.MEDIUM


def _networks(finding: Finding) -> set[str]:
    facts = finding.evidence.facts
    values = (facts.get(name) for name in _NETWORKS)
    return {value for value in values if isinstance(value, str) and value not in _UNSAID}


def _sieges(
    findings: Iterable[Finding], parameters: CorrelationParameters
) -> Iterator[list[Finding]]:
    """The attacks on one account: what is of one kind is told as it grows tenfold, so ever more
    seldom, and who is at it comes back. What lies between two of a kind is with them, so that
    one finding more never parts others."""
    told = list(findings)
    times: dict[str, list[int]] = {}
    places: dict[str, list[int]] = {}
    reach = []
    for place, finding in enumerate(told):
        near = place and finding.time - told[place - 1].time <= parameters.attack_window
        reach.append(place - 1 if near else place)
        earlier = times.setdefault(finding.detector, [])
        where = places.setdefault(finding.detector, [])
        first = bisect_left(earlier, finding.time - _lasted(finding) - parameters.siege_window)
        if first < len(earlier):
            reach[place] = min(reach[place], where[first])
        earlier.append(finding.time)
        where.append(place)
    end = lowest = len(told)
    parts = []
    for place in reversed(range(len(told))):
        lowest = min(lowest, reach[place])
        if lowest == place:
            parts.append(told[place:end])
            end = place
    yield from reversed(parts)


class _Names:
    """Gives each part an id, once: a known one where it shares findings, else a new one."""

    def __init__(self, subject: Subject, existing: Iterable[Incident]) -> None:
        self._subject = subject
        self._taken: set[bytes] = set()
        self._known: set[bytes] = set()
        self._holders: dict[tuple[Theme, bytes], list[bytes]] = {}
        for incident in existing:
            self._known.add(incident.id)
            for finding in incident.findings:
                self._holders.setdefault((incident.theme, finding), []).append(incident.id)

    def name(self, theme: Theme, group: Sequence[Finding]) -> bytes:
        """The id of the incident that these findings are."""
        held = {
            holder
            for finding in group
            for holder in self._holders.get((theme, finding.id), ())
            if holder not in self._taken
        }
        identifier = min(held) if held else self._new(theme, group[0])
        self._taken.add(identifier)
        return identifier

    def _new(self, theme: Theme, first: Finding) -> bytes:
        parts = ("incident", str(self._subject), theme.value, first.id)
        identifier = timed_id(first.time, *parts)
        # The part of a split incident that lost its id may begin with the finding it came from.
        while identifier in self._known or identifier in self._taken:
            identifier = timed_id(first.time, *parts, identifier)
        return identifier


def _incident(
    identifier: bytes,
    subject: Subject,
    theme: Theme,
    group: Sequence[Finding],
    parameters: CorrelationParameters,
    weigh: Callable[[Scales, Theme], Conclusion],
) -> Incident:
    scales = Scales(parameters.assessment)
    scales.add(group[0])
    conclusion = weigh(scales, theme)
    reached = group[0].time
    for finding in group[1:]:
        if not scales.add(finding):
            continue
        before, conclusion = conclusion, weigh(scales, theme)
        if before.severity is not conclusion.severity:
            reached = finding.time
    return Incident(
        id=identifier,
        subject=subject,
        theme=theme,
        category=conclusion.category,
        severity=conclusion.severity,
        confidence=round(100 * conclusion.probability),
        assessment=scales.assessment(group),
        findings=tuple(finding.id for finding in group),
        opened=group[0].time,
        updated=group[-1].time,
        reached=reached,
        others=_others(subject, group),
    )
