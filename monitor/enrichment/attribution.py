"""The credits that pages showing locations must carry, in the words their licences ask for."""

from detectors.core.detector import Text

DB_IP_LINK = '<a href="https://db-ip.com">IP Geolocation by DB-IP</a>'
"""DB-IP asks for exactly this link on every page that shows or uses a result."""

CC_BY_URL = "https://creativecommons.org/licenses/by/4.0/"

FOOTER_HTML = Text(
    en=(
        f'{DB_IP_LINK} (<a href="{CC_BY_URL}">CC BY 4.0</a>; the data was modified). '
        "Networks: RouteViews, DB-IP and the NRO (CC BY 4.0)."
    ),
    fr=(
        f'{DB_IP_LINK} (<a href="{CC_BY_URL}">CC BY 4.0</a> ; données modifiées). '
        "Réseaux : RouteViews, DB-IP et la NRO (CC BY 4.0)."
    ),
)
"""Safe HTML for the footer: what is kept was placed by the shipped databases at some time."""

MAXMIND_HTML = Text(
    en=' GeoLite2 data created by <a href="https://www.maxmind.com">MaxMind</a>.',
    fr=' Données GeoLite2 créées par <a href="https://www.maxmind.com">MaxMind</a>.',
)
"""What MaxMind's licence asks for besides, where its databases are used."""

CREDITS = Text(
    en=(
        "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0, modified: places merged within "
        "50 km. Networks: RouteViews (https://www.routeviews.org), DB-IP and the Number Resource "
        "Organization (https://www.nro.net), CC BY 4.0."
    ),
    fr=(
        "Géolocalisation IP par DB-IP (https://db-ip.com), CC BY 4.0, modifiée : lieux regroupés à "
        "moins de 50 km. Réseaux : RouteViews (https://www.routeviews.org), DB-IP et la Number "
        "Resource Organization (https://www.nro.net), CC BY 4.0."
    ),
)
"""The same as plain text, for the terminal and exports."""
