"""What Vigie says to other tools."""
