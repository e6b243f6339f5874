"""Access hygiene: facts about accounts, and what a tenant's come to."""
