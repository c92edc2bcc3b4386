"""Files that come in: what was read, what was set aside and why."""
