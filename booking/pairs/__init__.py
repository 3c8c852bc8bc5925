"""Pairs of calendars that are kept the same."""
