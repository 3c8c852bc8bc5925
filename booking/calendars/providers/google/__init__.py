"""Google Calendar, by the API v3 and its own client library."""
