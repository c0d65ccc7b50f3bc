CREATE UNLOGGED TABLE "staging"."StagingWorkOrder_0123456789abcdef_0_1" (
  "OrderNumber" bigint,
  "Plant" character varying(12),
  "Description" character varying(30) COLLATE dbo."caseless",
  "Document" json,
  "Quantity" numeric(15,4),
  "Changed" timestamp with time zone,
  "DataSyncRow" bigint
)
