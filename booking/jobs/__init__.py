"""Handlers of background jobs, one file per room."""
