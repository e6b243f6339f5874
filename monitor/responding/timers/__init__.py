"""Timers, one file each with `TIMERS` (see monitor/responding/timer.py)."""
