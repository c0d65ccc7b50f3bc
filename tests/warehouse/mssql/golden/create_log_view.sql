CREATE VIEW [data_sync].[LastDataUpdates] AS
SELECT [TableName], [SourceSystem], [UpdateType],
  MAX([ReferenceDT]) AS [ReferenceDT], MAX([SourceReadDT]) AS [SourceReadDT],
  MAX([StartDT]) AS [StartDT], MAX([EndDT]) AS [EndDT]
FROM [data_sync].[DataUpdate]
WHERE [WasSuccessful] = 1 AND [AdvancesWatermark] = 1
GROUP BY [TableName], [SourceSystem], [UpdateType]
