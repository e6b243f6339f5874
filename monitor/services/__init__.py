"""What people do with Vigie; pages, API and command line all go through here."""
