"""The sync engine: two sides, one plan, four uses. Pure: no framework, database or network."""
