"""Secrets, tokens and the one guarded way out of the house."""
