SELECT 'a foreign key leads from it or to it' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.foreign_keys AS f
    WHERE f.parent_object_id = t.object_id OR f.referenced_object_id = t.object_id)
UNION ALL
SELECT 'it has triggers, which SWITCH would not fire' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.triggers AS g WHERE g.parent_id = t.object_id AND g.is_disabled = 0)
UNION ALL
SELECT 'it is replicated or tracked' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.tables AS r WHERE r.object_id = t.object_id
    AND (r.is_replicated = 1 OR r.is_published = 1 OR r.is_merge_published = 1
      OR r.is_tracked_by_cdc = 1)
    UNION ALL SELECT 1 FROM sys.change_tracking_tables AS h WHERE h.object_id = t.object_id)
UNION ALL
SELECT 'it is temporal, memory-optimised or a FileTable' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.tables AS m WHERE m.object_id = t.object_id
    AND (m.temporal_type <> 0 OR m.is_memory_optimized = 1 OR m.is_filetable = 1))
UNION ALL
SELECT 'its rows are stored in an unusual way' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.tables AS u WHERE u.object_id = t.object_id
    AND (u.uses_ansi_nulls = 0 OR u.large_value_types_out_of_row = 1 OR u.text_in_row_limit <> 0))
UNION ALL
SELECT 'it has a full-text index' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.fulltext_indexes AS x WHERE x.object_id = t.object_id)
UNION ALL
SELECT 'it is partitioned' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.indexes AS n JOIN sys.data_spaces AS e ON e.data_space_id = n.data_space_id
    WHERE n.object_id = t.object_id AND e.type <> 'FG')
UNION ALL
SELECT 'it has an index that is disabled or neither clustered nor nonclustered' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.indexes AS o WHERE o.object_id = t.object_id AND o.is_hypothetical = 0
    AND (o.type > 2 OR o.is_disabled = 1 OR o.ignore_dup_key = 1))
UNION ALL
SELECT 'the definition of a filtered index or a check constraint may not be read' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.indexes AS q WHERE q.object_id = t.object_id
    AND q.has_filter = 1 AND q.filter_definition IS NULL
    UNION ALL SELECT 1 FROM sys.check_constraints AS y
    WHERE y.parent_object_id = t.object_id AND y.[definition] IS NULL)
UNION ALL
SELECT 'it has a column that is sparse, masked, encrypted, a ROWGUIDCOL or of an alias type' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.columns AS c WHERE c.object_id = t.object_id
    AND (c.is_sparse = 1 OR c.is_masked = 1 OR c.encryption_type IS NOT NULL
      OR c.is_rowguidcol = 1 OR c.is_filestream = 1 OR c.rule_object_id <> 0
      OR c.user_type_id <> c.system_type_id))
UNION ALL
SELECT 'a check constraint is disabled or not trusted' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.check_constraints AS k
    WHERE k.parent_object_id = t.object_id AND (k.is_disabled = 1 OR k.is_not_trusted = 1))
UNION ALL
SELECT 'a security policy filters it' AS reason FROM sys.tables AS t
WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (
    SELECT 1 FROM sys.security_predicates AS w WHERE w.target_object_id = t.object_id)
