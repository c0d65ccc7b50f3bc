SELECT split_part(obj_description(to_regclass(%(table)s), 'pg_class'), ' ', 1)::bigint AS remembered
