"""Airflow hooks for DAGs of one's own."""
