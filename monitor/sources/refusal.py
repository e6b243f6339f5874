"""What keeps a Keycloak realm from being read, told so that its reader knows what to do."""

from typing import Final, NamedTuple

import httpx2

from detectors.core.detector import Text
from monitor.sources.source import SourceError

MAXIMUM_ANSWER: Final = 64 << 20
"""Bytes of one answer, unpacked."""
MAXIMUM_VALUES: Final = 2_000_000
"""Values of one answer: one of 64 MiB that is nothing but `{},{},…` would take 2 GB."""


VIEW_EVENTS: Final = "view-events"
VIEW_USERS: Final = "view-users"
_WHAT: Final = {
    VIEW_EVENTS: Text("events", "événements"),
    VIEW_USERS: Text("users", "utilisateurs"),
}


class RealmError(SourceError):
    """The realm does not answer as it should; `pause` (s) is how long it wants to be left alone,
    None where it does not say. `passes`: it may be better when it is asked again."""

    def __init__(self, text: Text, pause: float | None = None, *, passes: bool = False) -> None:
        super().__init__(text)
        self.pause = pause
        self.passes = passes


class TooMuchError(RealmError):
    """An answer is larger than `MAXIMUM_ANSWER`; fewer events should be asked for."""


class Address(NamedTuple):
    """Where a realm is: `base` without a slash at its end, and the realm's name."""

    base: str
    realm: str


class Credentials(NamedTuple):
    """Whose token is asked for, and in which realm; with a user name, that user's."""

    realm: str
    client_id: str
    secret: str | None
    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Credentials({self.realm!r}, {self.client_id!r})"

    def form(self) -> dict[str, str]:
        """What is posted to the token endpoint (RFC 6749, sections 4.4 and 4.3)."""
        form = {"client_id": self.client_id, "grant_type": "client_credentials"}
        if self.secret is not None:
            form["client_secret"] = self.secret
        if self.username is not None:
            form |= {"grant_type": "password", "username": self.username}
            form["password"] = self.password or ""
        return form


def why_of(error: Exception) -> str:
    """What went wrong on the way, without what was sent."""
    name = type(error).__name__
    # A header that cannot be sent is told whole, and ours hold tokens.
    if isinstance(error, httpx2.LocalProtocolError) or not str(error):
        return name
    return f"{name}: {error}"


def unreachable(address: Address, why: str) -> RealmError:
    """The server cannot be reached, or an answer broke off."""
    advice = ("", "")
    if "CERTIFICATE_VERIFY_FAILED" in why:
        advice = (
            "; if its certificate is of an authority of your own, name that in ca_file",
            " ; si son certificat vient de votre propre autorité, indiquez-la dans ca_file",
        )
    return RealmError(
        Text(
            en=f"{address.base} cannot be reached or broke off ({why}){advice[0]}; "
            "nothing is lost, it is tried again",
            fr=f"{address.base} est injoignable ou s'est interrompu ({why}){advice[1]} ; "
            "rien n'est perdu, nouvel essai",
        ),
        passes=not advice[0],
    )


def unreadable(address: Address, why: str) -> RealmError:
    """An answer is not what the API is documented to give."""
    return RealmError(
        Text(
            en=f"{address.base} does not answer as Keycloak's admin API does ({why}); "
            "is it the right address?",
            fr=f"{address.base} ne répond pas comme l'API d'administration de Keycloak ({why}) ; "
            "est-ce la bonne adresse ?",
        )
    )


def too_much(address: Address) -> TooMuchError:
    """An answer is too large to be held."""
    return TooMuchError(
        Text(
            en=f"an answer of {address.base} is larger than {MAXIMUM_ANSWER >> 20} MiB, "
            f"or has more than {MAXIMUM_VALUES:,} values",
            fr=f"une réponse de {address.base} dépasse {MAXIMUM_ANSWER >> 20} Mio, ou "
            f"{MAXIMUM_VALUES} valeurs",
        )
    )


def no_token(address: Address, credentials: Credentials, code: str) -> RealmError:
    """The credentials are refused."""
    who = credentials.client_id
    return RealmError(
        Text(
            en=f"{address.base} gives client {who} no token in realm {credentials.realm} ({code}); "
            "check client_id and client_secret (or username and password), and that the client has "
            "`Client authentication` and `Service accounts roles` switched on",
            fr=f"{address.base} refuse un jeton au client {who} dans le royaume "
            f"{credentials.realm} ({code}) ; vérifiez client_id et client_secret (ou username et "
            "password), et que le client a `Client authentication` et `Service accounts roles`",
        )
    )


def refused(
    address: Address,
    credentials: Credentials,
    status: int,
    pause: float | None,
    right: str = VIEW_EVENTS,
) -> RealmError:
    """An answer of another status than 200; `right` is the role that it would have taken."""
    base, realm = address
    if status == 403:
        owner = "realm-management" if credentials.realm == realm else f"{realm}-realm"
        whose = credentials.username or f"service-account-{credentials.client_id}"
        return RealmError(
            Text(
                en=f"{whose} may not read the {_WHAT[right].en} of realm {realm}; give it the role "
                f"`{right}` of client `{owner}` (Clients, {credentials.client_id}, Service "
                "accounts roles, Assign role)",
                fr=f"{whose} ne peut pas lire les {_WHAT[right].fr} du royaume {realm} ; "
                f"donnez-lui le rôle `{right}` du client `{owner}` (Clients, "
                f"{credentials.client_id}, Service accounts roles, Assign role)",
            )
        )
    if status == 404:
        return RealmError(
            Text(
                en=f"{base} has no realm {realm}, or Keycloak is under another path: versions "
                "before 17 have /auth in front of /realms",
                fr=f"{base} n'a pas de royaume {realm}, ou Keycloak est sous un autre chemin : les "
                "versions avant 17 ont /auth devant /realms",
            )
        )
    if 300 <= status < 400:
        return RealmError(
            Text(
                en=f"{base} sends us elsewhere (HTTP {status}); give the address it really has",
                fr=f"{base} nous renvoie ailleurs (HTTP {status}) ; donnez sa véritable adresse",
            )
        )
    if status == 401:
        return RealmError(
            Text(
                en=f"{base} refuses a token that it has just given (HTTP 401); do its nodes have "
                "one clock, one host name and one database?",
                fr=f"{base} refuse un jeton qu'il vient de donner (HTTP 401) ; ses nœuds ont-ils "
                "la même heure, le même nom d'hôte et la même base ?",
            )
        )
    return RealmError(
        Text(
            en=f"{base} answers HTTP {status}; nothing is lost, it is tried again",
            fr=f"{base} répond HTTP {status} ; rien n'est perdu, nouvel essai",
        ),
        pause,
        passes=True,
    )
