"""Factors that people prove themselves with: passwords, one-time and recovery codes. No store."""
