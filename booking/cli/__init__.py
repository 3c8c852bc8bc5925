"""The booking command."""
