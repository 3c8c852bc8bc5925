"""The HTTP doors: public pages, host pages, JSON API, hooks."""
