"""Formats that the settings describe: what a line holds, and where, without code."""
