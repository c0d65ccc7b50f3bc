SELECT i.COLUMN_NAME AS name,
  COALESCE(TYPE_NAME(c.system_type_id), TYPE_NAME(c.user_type_id)) AS type_name,
  c.max_length, c.[precision], c.scale, c.collation_name AS collation, c.is_nullable AS nullable,
  CASE WHEN c.is_identity = 1 THEN 1 ELSE 0 END AS is_identity,
  CASE WHEN c.is_computed = 1 OR c.generated_always_type <> 0 THEN 1 ELSE 0 END AS is_computed,
  CASE WHEN c.default_object_id <> 0 OR c.is_identity = 1 THEN 1 ELSE 0 END AS has_default
FROM sys.columns AS c JOIN INFORMATION_SCHEMA.COLUMNS AS i ON i.COLUMN_NAME = c.name
WHERE c.object_id = OBJECT_ID(%(table)s)
  AND i.TABLE_SCHEMA = %(schema)s AND i.TABLE_NAME = %(name)s
ORDER BY c.column_id
