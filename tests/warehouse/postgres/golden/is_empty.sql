SELECT NOT EXISTS (SELECT 1 FROM "dbo"."Work""Order") AS is_empty
