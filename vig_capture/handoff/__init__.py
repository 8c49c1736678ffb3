"""Hand-off: a session's moments in the formats of other tools. Pure: what stands in a file, not where files lie."""
