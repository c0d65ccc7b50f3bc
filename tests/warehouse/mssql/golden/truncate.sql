TRUNCATE TABLE [dbo].[Work Order]
