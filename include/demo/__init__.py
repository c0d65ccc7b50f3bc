"""A demonstration: sample ERP databases, an embedded warehouse and a whole Airflow, all on this machine."""
