"""Users, how they sign in, and their API keys."""
