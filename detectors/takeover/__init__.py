"""Strangers on an account: how one comes in, and what confirms or clears it afterwards."""
