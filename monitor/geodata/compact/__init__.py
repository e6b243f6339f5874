"""The shipped city database, made small from its source: each step by itself, with numpy."""
