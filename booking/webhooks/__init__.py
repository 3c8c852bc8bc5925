"""Webhooks: what happens is posted, signed, to addresses that hosts gave.

Knows events by name only; what they tell of is known to the rooms that announce them.
"""
