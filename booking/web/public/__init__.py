"""Pages for guests: no login cookie, rate limited."""
