"""Models made by hand, for the tests: two computers at work at once are two people, and whoever
comes with all that strangers come with is one."""

from detectors.account_sharing import MODEL as ACCOUNTS
from detectors.core.model import AdditiveModel, Curve
from detectors.sharing.features import FEATURES
from detectors.takeover.features import FEATURES as OF_SIGN_IN
from detectors.unusual_sign_in import MODEL

SPEAKS = {
    "copresent_days": ((0.0, 0.3), (-1.0, 3.0)),
    "turns": ((0.0, 0.8), (-0.5, 1.5)),
    "relays": ((0.0, 0.2), (0.0, 2.5)),
    "computers": ((0.7, 1.1), (0.0, 1.0)),
    "countries": ((1.0, 2.0), (0.0, 1.0)),
}


def model(version: str = "1" * 64) -> AdditiveModel:
    """Curves for a few features, nothing for the others."""
    curves = tuple(Curve(f.name, *SPEAKS.get(f.name, ((0.0,), (0.0,)))) for f in FEATURES)
    return AdditiveModel(version, -0.5, curves)


OF_STRANGERS = {
    "surprise": ((0.0, 6.0), (0.0, 4.0)),
    "own_past": ((0.0, 4.0), (0.0, 2.0)),
    "night": ((0.0, 1.0), (0.0, 1.0)),
    "reach": ((0.0, 7.0), (0.0, 1.0)),
}


def of_sign_in(version: str = "3" * 64) -> AdditiveModel:
    """Curves for a few features of one sign-in."""
    curves = tuple(Curve(f.name, *OF_STRANGERS.get(f.name, ((0.0,), (0.0,)))) for f in OF_SIGN_IN)
    return AdditiveModel(version, -1.5, curves)


MODELS = {ACCOUNTS: model(), MODEL: of_sign_in()}
