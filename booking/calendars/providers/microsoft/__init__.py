"""Microsoft 365 and Outlook.com, by Graph."""
