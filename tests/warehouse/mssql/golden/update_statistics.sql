UPDATE STATISTICS [dbo].[Work Order]
