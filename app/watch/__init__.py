"""The Monitor's loop: looks at checks when they are due, judges, records, and tells of flips."""
