-- Work orders that are not completed, for a derived table: docs/sources.md. PostgreSQL and SQL Server both take it.
SELECT
    "OrderNumber", "Branch", "ItemNumber", "Description", "Status", "RequestedDate",
    CAST("QuantityOrdered" - "QuantityShipped" AS decimal(15, 3)) AS "QuantityOpen"
FROM "dbo"."WorkOrder"
WHERE "CompletionDate" IS NULL AND "QuantityOrdered" > "QuantityShipped"
