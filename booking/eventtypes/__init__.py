"""What a host offers: event types and their rules."""
