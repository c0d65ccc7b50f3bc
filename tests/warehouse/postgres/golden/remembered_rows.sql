SELECT split_part(obj_description(to_regclass(%(table)s), 'pg_class'), ' ', 1)::bigint AS remembered,
  NOT EXISTS (SELECT 1 FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1") AS is_empty
