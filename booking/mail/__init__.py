"""Mails: what people are told about bookings, in their language and zone, and how it is sent.

`values` says what happened, `texts` puts it into words, `messages` composes, `outbox` keeps a
mail in the caller's transaction, `delivery` sends what is due over `smtp`.
Leaves to others: when something is told, and to whom.
"""
