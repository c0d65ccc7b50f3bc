"""The health of each table, judged from its configuration and the log."""
