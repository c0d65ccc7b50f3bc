"""The Airflow DAGs and what their tasks run."""
