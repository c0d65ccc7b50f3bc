SELECT COUNT(*) > 0 AS found FROM pg_namespace WHERE nspname = %(name)s
