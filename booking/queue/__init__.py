"""Background work: an outbox table whose rows are jobs, and the bell that wakes a worker."""
