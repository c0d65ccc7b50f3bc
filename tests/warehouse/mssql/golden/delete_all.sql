DELETE FROM [dbo].[Work Order] WITH (TABLOCK)
