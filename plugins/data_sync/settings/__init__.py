"""The options and data sources: their types, their rules, and how they are read from YAML."""
