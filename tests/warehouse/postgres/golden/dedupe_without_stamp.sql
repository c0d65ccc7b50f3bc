WITH surplus AS (
  DELETE FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1" WHERE ctid = ANY (ARRAY(
    SELECT place FROM (
      SELECT ctid AS place, ROW_NUMBER() OVER (PARTITION BY "OrderNumber", "Plant" ORDER BY "DataSyncRow" DESC) AS rank_of_row
      FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1"
    ) AS ranked WHERE rank_of_row > 1
  )) RETURNING 1
)
SELECT COUNT(*) AS surplus_rows FROM surplus
