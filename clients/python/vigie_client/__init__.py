"""Asks Vigie, before an application answers its user, whether a sign-in is to be let in."""

from vigie_client.asking import Alarm
from vigie_client.async_client import AsyncVigie
from vigie_client.client import Vigie
from vigie_client.decision import Challenge, Decision, Reason, Standing, Verdict
from vigie_client.fallback import Fallback
from vigie_client.patience import Patience
from vigie_client.resting import Rest
from vigie_client.sign_in import Ended, Outcome, SignIn
from vigie_client.step_up import StepUp
from vigie_client.trouble import Cause, Trouble, VigieError

__all__ = [
    "Alarm",
    "AsyncVigie",
    "Cause",
    "Challenge",
    "Decision",
    "Ended",
    "Fallback",
    "Outcome",
    "Patience",
    "Reason",
    "Rest",
    "SignIn",
    "Standing",
    "StepUp",
    "Trouble",
    "Verdict",
    "Vigie",
    "VigieError",
]
