"""What can be done to a table after its rows are in."""
