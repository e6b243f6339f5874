"""Everything of Vigie that touches the world."""
