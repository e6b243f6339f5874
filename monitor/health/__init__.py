"""How Vigie itself is: what it tells of itself, and what is wrong with what feeds it."""
