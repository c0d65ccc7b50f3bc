"""Readers of the source systems."""
