"""Reads any source that has an ODBC driver."""
