"""The health endpoint and the status page, served inside Airflow's API server."""
