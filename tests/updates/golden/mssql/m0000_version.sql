IF OBJECT_ID(N'[lo"g].[SchemaVersion]') IS NULL
CREATE TABLE [lo"g].[SchemaVersion] (
  [Version] int NOT NULL,
  [AppliedDT] datetime2(6) NOT NULL,
  [PackageVersion] nvarchar(64) NOT NULL,
  PRIMARY KEY ([Version])
);

