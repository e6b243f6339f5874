"""How an account is used over the weeks, and how many people that looks like."""
