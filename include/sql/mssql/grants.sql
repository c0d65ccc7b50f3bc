-- Gives the login of DataSync what it needs in the cache database, and no more. Run it in that database,
-- as a member of db_owner, after the login exists; it may be run again.
--
--   sqlcmd -S sql1 -d cache -E -I -i grants.sql
--
-- The same on Azure SQL Database, where -G signs in with Entra ID:
--
--   sqlcmd -S name.database.windows.net -d cache -G -I -i grants.sql
--
-- data_sync stands for the login, staging and data_sync for the schemas staging_schema and log_schema,
-- dbo for target_schema of include/data_sync.yaml: change them here when you change them there.

-- The user of the login. Make the user yourself before, and this leaves it alone,
--   with Entra ID:          CREATE USER [data_sync] FROM EXTERNAL PROVIDER;  its name is the application's
--   Azure SQL Database:     CREATE USER [data_sync] WITH PASSWORD = N'its password';  needs no login
IF DATABASE_PRINCIPAL_ID(N'data_sync') IS NULL
    CREATE USER [data_sync] FOR LOGIN [data_sync];
GO

-- Its own schemas: it creates and drops tables there on every sync.
IF SCHEMA_ID(N'staging') IS NULL
    EXEC (N'CREATE SCHEMA [staging] AUTHORIZATION [data_sync]');
GO

IF SCHEMA_ID(N'data_sync') IS NULL
    EXEC (N'CREATE SCHEMA [data_sync] AUTHORIZATION [data_sync]');
GO

-- Database-wide by name, but of use only in schemas that the user owns or may alter.
GRANT CREATE TABLE TO [data_sync];
GRANT CREATE VIEW TO [data_sync];
GO

-- The target tables: read, write, and see how they are built.
GRANT SELECT, INSERT, UPDATE, DELETE, VIEW DEFINITION ON SCHEMA::[dbo] TO [data_sync];
GO

-- Needed for create_table: true, for TRUNCATE and disabled indexes (load: truncate), for SWITCH and the
-- statistics after it (load: swap). Without it full loads delete and reload instead, which takes longer.
-- ALTER on a schema lets its holder build views on all that the schema's owner may read. Where dbo holds
-- other tables than the cache's, give the cache a schema of its own, or grant ALTER table by table:
--   GRANT ALTER ON OBJECT::[dbo].[WorkOrder] TO [data_sync];
GRANT ALTER ON SCHEMA::[dbo] TO [data_sync];
GO
