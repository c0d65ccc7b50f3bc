"""Brings a table up to date: the steps of an update, free of Airflow."""
