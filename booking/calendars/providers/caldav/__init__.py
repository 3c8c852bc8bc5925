"""CalDAV: any server that speaks RFC 4791, with what is known of each kind as rows of data."""
