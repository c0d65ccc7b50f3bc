SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS sql_type,
  COALESCE(b.typname, t.typname) AS type_name, COALESCE(b.typtype, t.typtype) = 'e' AS is_enum,
  CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END AS modifier,
  NOT a.attnotnull AS nullable, a.attgenerated <> '' AS generated,
  a.attidentity AS identity, a.atthasdef OR a.attidentity <> '' AS has_default,
  CASE WHEN a.attcollation <> t.typcollation
    THEN quote_ident(n.nspname) || '.' || quote_ident(l.collname) END AS collation
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
LEFT JOIN pg_namespace AS n ON n.oid = l.collnamespace
WHERE a.attrelid = to_regclass(%(table)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
