SELECT i.name FROM sys.indexes AS i
WHERE i.object_id = OBJECT_ID(%(table)s) AND i.type_desc = 'NONCLUSTERED'
  AND i.is_primary_key = 0 AND i.is_unique_constraint = 0 AND i.is_unique = 0
  AND i.is_disabled = 0 AND i.is_hypothetical = 0
ORDER BY i.name
