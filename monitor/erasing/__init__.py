"""Erasing an account: a durable job in small steps, which goes on wherever it was killed."""
