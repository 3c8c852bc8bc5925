"""Bookings: slots, claims, lifecycle, and the copy in the destination calendar."""
