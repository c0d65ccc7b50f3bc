"""Airflow hooks: the DataUpdate log, and the databases that DataSync speaks to."""
