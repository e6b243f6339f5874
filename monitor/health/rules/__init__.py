"""Rules of health: each module has some in `RULES`, and is found by lying here."""
