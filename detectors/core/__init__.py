"""The values and contracts that every detector is written in."""
