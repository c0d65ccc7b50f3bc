SELECT COUNT(*) AS found FROM sys.indexes AS i
WHERE i.object_id = OBJECT_ID(%(table)s) AND i.name = %(index)s
