CREATE TABLE IF NOT EXISTS "lo""g"."SchemaVersion" (
  "Version" integer NOT NULL,
  "AppliedDT" timestamptz NOT NULL,
  "PackageVersion" varchar(64) NOT NULL,
  PRIMARY KEY ("Version")
);

