"""Published iCalendar feeds, read only."""
