"""How well Vigie and published rules do on logs whose truth is known."""
