"""Keeps a SQL Server cache database in step with ERP sources, as Apache Airflow DAGs."""

__version__ = "0.1.0"
