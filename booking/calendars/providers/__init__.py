"""The providers, each in a folder of its own and a stranger to the others."""
