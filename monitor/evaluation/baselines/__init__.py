"""Published rules, one a file, as small as they can be: what Vigie is measured beside."""
