SELECT COUNT(*) AS found FROM sys.schemas WHERE name = %(name)s
