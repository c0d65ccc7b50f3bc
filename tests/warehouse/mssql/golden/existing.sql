SELECT n.name FROM (VALUES (N'DataUpdate'), (N'DisabledIndex'), (N'LastDataUpdates'), (N'LoadedBatch'), (N'TableLoad')) AS n(name)
WHERE OBJECT_ID(QUOTENAME(%(schema)s) + N'.' + QUOTENAME(n.name)) IS NOT NULL
