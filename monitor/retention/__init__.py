"""Keeping and forgetting: what is kept for how long, and how the rest goes in small steps."""
