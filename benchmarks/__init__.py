"""What Vigie costs, measured against the least that the same work could cost."""
