"""Tasks: to-dos, each with its own switch that keeps it in step with an event in a calendar."""
