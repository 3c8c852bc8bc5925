"""Looking after an installation: doctor, backup, key rotation."""
