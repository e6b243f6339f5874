"""What knows sessions, and the rules of the gate, as the settings have them."""

from collections.abc import Callable

from monitor.gate.asked import Closed, Ways
from monitor.gate.claims import Names
from monitor.gate.cookie import CookieKnower
from monitor.gate.introspection import Introspected, IntrospectionKnower
from monitor.gate.known import Knower
from monitor.gate.terms import Terms, origin_of
from monitor.gate.token import Expectation, TokenKnower
from monitor.gate.verify import Rules
from monitor.oidc.provider import Provider
from monitor.oidc.terms import Terms as ProviderTerms

_SCHEMES = {"cookie": "Vigie", "token": "Bearer", "introspection": "Bearer"}


def knower(terms: Terms, tenant: str, now: Callable[[], int]) -> Knower:
    """What knows sessions in the way that the terms say; `tenant` is whose an account is where
    neither they nor a session say it. Raises ValueError where they say no way."""
    if terms.session == "cookie":
        given = (terms.cookie_secret, terms.cookie_former_secret)
        secrets = [one for one in given if one is not None]
        own = terms.tenant or tenant
        return CookieKnower(terms.cookie_name, secrets, terms.bound_to, own, now)
    if terms.session == "token":
        provider = Provider(ProviderTerms(issuer=terms.issuer, client_id="vigie"), "")
        audience, names = frozenset(terms.audience), _names(terms, tenant)
        return TokenKnower(provider, Expectation(audience, terms.token_cookie, names), now)
    if terms.session == "introspection":
        return introspecting(terms, tenant, now)
    raise ValueError("the settings have no gate")


def introspecting(terms: Terms, tenant: str, now: Callable[[], int]) -> IntrospectionKnower:
    """What asks about opaque tokens, of terms that say where."""
    introspected = Introspected(
        url=terms.introspection_url or "",
        client_id=terms.client_id or "",
        client_secret=terms.client_secret or "",
        kept=round(terms.cache_seconds * 1_000),
        audience=frozenset(terms.audience),
        cookie=terms.token_cookie,
        names=_names(terms, tenant),
    )
    return IntrospectionKnower(introspected, now)


def _names(terms: Terms, tenant: str) -> Names:
    own = terms.tenant or tenant
    return Names(terms.session_claim, terms.account_claim, terms.tenant_claim, own)


def ways(terms: Terms) -> Ways:
    """Back to the applications."""
    return Ways([one for each in terms.applications if (one := origin_of(each)) is not None])


def rules(terms: Terms, site: str) -> Rules:
    """What is answered; `site` is where browsers find Vigie's own pages."""
    return Rules(
        proxy=terms.proxy,
        site=site,
        sign_in=terms.sign_in_url or "",
        ways=ways(terms),
        passes_unknown=terms.unknown == "pass",
        fails_open=terms.on_failure == "open",
        closed=Closed(terms.closed_paths),
        scheme=_SCHEMES[terms.session or "cookie"],
    )
