DELETE FROM [data_sync].[LoadedBatch] WHERE LEFT([StagingTable], %(length)s) = %(prefix)s
