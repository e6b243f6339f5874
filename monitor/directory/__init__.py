"""Whose accounts they are: tenants, accounts, what each source says of them, and lists of them."""
