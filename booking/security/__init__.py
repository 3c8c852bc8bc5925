"""Secrets, limits and proofs: what every other room leans on to stay safe."""
