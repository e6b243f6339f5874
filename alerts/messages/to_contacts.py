"""What contacts of a tenant are told: how well its accounts are kept, and what to do first."""

from typing import Final

from alerts.messages.message import Ask, Audience, Facts, Items, Message, Say
from detectors.core.detector import Text

REPORT: Final = "hygiene_report"
"""The monthly report's name; `text` says what its list is, or that there is none."""
PART: Final = "hygiene_part"
"""The name of one line of its list: `count` accounts of `accounts`, and what to do."""

MESSAGES: Final = (
    Message(
        name=REPORT,
        audience=Audience.USER,
        subject=Text(
            "Access hygiene[ of {tenant}][, {month}][: {score}]",
            "Hygiène des accès[ de {tenant}][, {month}][ : {score}]",
        ),
        summary=Text("Access hygiene[ of {tenant}]", "Hygiène des accès[ de {tenant}]"),
        body=(
            Say(Text("Hello,", "Bonjour,")),
            Say(
                Text(
                    "This is how well the accounts of {tenant} were kept in {month}: the higher "
                    "the score, the harder it is for somebody else to get in.",
                    "Voici comment les comptes de {tenant} ont été tenus en {month} : plus la "
                    "note est haute, plus il est difficile à un tiers d'entrer.",
                )
            ),
            Facts(("score", "trend", "accounts")),
            Say(Text("{text}", "{text}")),
            Items(),
            Say(
                Text(
                    "No account is named in this mail. Whoever may see them finds them in Vigie.",
                    "Aucun compte n'est nommé dans ce courriel. Les personnes habilitées les "
                    "trouvent dans Vigie.",
                )
            ),
            Ask("link", Text("See which accounts", "Voir quels comptes")),
            Say(
                Text(
                    "You receive this once a month as a contact of {tenant}. If you do not want "
                    "it any more, tell us: {contact}.",
                    "Vous recevez ceci une fois par mois comme contact de {tenant}. Si vous n'en "
                    "voulez plus, dites-le-nous : {contact}.",
                )
            ),
            Say(
                Text(
                    "You receive this once a month as a contact of {tenant}. If you do not want "
                    "it any more, tell whoever keeps Vigie for you.",
                    "Vous recevez ceci une fois par mois comme contact de {tenant}. Si vous n'en "
                    "voulez plus, dites-le aux personnes qui tiennent Vigie pour vous.",
                ),
                unless="contact",
            ),
        ),
    ),
    Message(
        name=PART,
        audience=Audience.USER,
        subject=Text("{title}", "{title}"),
        summary=Text(
            "{title}: {count} of {accounts}[. {text}]",
            "{title} : {count} sur {accounts}[. {text}]",
        ),
        body=(
            Say(Text("One thing to better:", "Un point à améliorer :")),
            Facts(("title", "count", "accounts")),
            Say(Text("{text}", "{text}")),
        ),
    ),
)
