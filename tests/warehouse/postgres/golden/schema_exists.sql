SELECT COUNT(*) AS found FROM pg_catalog.pg_namespace WHERE nspname = %(name)s
