"""Enrichment: what an address and a user agent say of place, network and device."""
