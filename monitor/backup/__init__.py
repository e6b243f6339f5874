"""Backups: one file with all that a database holds, of either kind, for either kind."""
