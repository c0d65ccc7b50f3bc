SELECT COUNT(*) > 0 AS found FROM pg_index AS i
WHERE i.indrelid = to_regclass(%(table)s) AND i.indisunique AND i.indisvalid
  AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = i.indnatts
  AND (SELECT array_agg(a.attname::text) FROM pg_attribute AS a
    WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) <@ %(keys)s::text[]
