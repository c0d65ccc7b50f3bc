SELECT o.object_id, o.create_date, o.type AS kind,
  CASE WHEN t.is_memory_optimized = 1 THEN 1 ELSE 0 END AS is_memory_optimized
FROM sys.objects AS o LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
WHERE o.object_id = OBJECT_ID(%(table)s)
