"""Jobs that are sent to HTTP endpoints, instead of being run by a handler here."""
