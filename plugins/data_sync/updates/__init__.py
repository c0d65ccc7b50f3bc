"""Updates and their log: what is due, what runs, what was done."""
