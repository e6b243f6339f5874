"""Is Vigie well? Every module here that has a `look` looks at one thing, and says what to do."""
