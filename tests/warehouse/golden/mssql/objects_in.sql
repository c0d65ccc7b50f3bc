SELECT o.name FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE s.name = %(schema)s AND o.type IN ('U', 'V')
UNION ALL
SELECT i.name FROM sys.indexes AS i JOIN sys.objects AS o ON o.object_id = i.object_id
  JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE s.name = %(schema)s AND o.type = 'U' AND i.name IS NOT NULL
