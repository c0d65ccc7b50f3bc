"""The SQL Server warehouse."""
