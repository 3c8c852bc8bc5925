"""Opening hours, rules, and the slot calculator."""
