SELECT c.oid::text AS identity, c.relkind::text AS kind, row_security_active(c.oid) AS is_filtered
FROM pg_class AS c WHERE c.oid = to_regclass(%(table)s)
