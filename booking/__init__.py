"""Booking: a scheduling backend that people can trust.

Start reading at `docs/architecture.md`; the outside of the product is described in `docs/api.md`.
"""
