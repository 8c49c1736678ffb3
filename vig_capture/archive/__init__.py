"""What is done with a session folder afterwards: read, show, verify, recover, copy."""
