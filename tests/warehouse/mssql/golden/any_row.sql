SELECT COUNT(*) AS found FROM (SELECT TOP (1) 1 AS one FROM [dbo].[Work Order] WITH (NOLOCK)) AS any_row
