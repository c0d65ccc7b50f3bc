SELECT i.index_id, i.name, i.type, i.is_unique, i.is_primary_key, i.is_unique_constraint,
  i.filter_definition, c.name AS column_name, k.is_descending_key, k.is_included_column,
  p.data_compression_desc AS compression, d.name AS filegroup, l.name AS lob_filegroup
FROM sys.indexes AS i
JOIN sys.tables AS t ON t.object_id = i.object_id
JOIN sys.data_spaces AS d ON d.data_space_id = i.data_space_id
JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id
LEFT JOIN sys.data_spaces AS l ON l.data_space_id = t.lob_data_space_id
LEFT JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id
LEFT JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
WHERE i.object_id = OBJECT_ID(%(table)s) AND i.is_hypothetical = 0
ORDER BY i.index_id, k.is_included_column, k.key_ordinal, k.index_column_id
