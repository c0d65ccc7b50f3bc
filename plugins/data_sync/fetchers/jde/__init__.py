"""Reads JD Edwards EnterpriseOne."""
