"""Scenarios that fulfil what a user asks of them."""
