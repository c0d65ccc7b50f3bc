-- What an hour of work in the ERP leaves behind: this script tells the time, the next ones do the work.
-- Rows are copied by their JSON, so that a statement only names what differs in the new row.
CREATE OR REPLACE FUNCTION PRODDTA.sample_copy(original anyelement, changes jsonb) RETURNS anyelement
LANGUAGE sql AS
$$ SELECT jsonb_populate_record(original, changes) $$;

DROP TABLE IF EXISTS PRODDTA.sample_moment;
CREATE TABLE PRODDTA.sample_moment AS
SELECT
    PRODDTA.jde_date(local) AS day, PRODDTA.jde_time(local) AS second,
    PRODDTA.jde_date(local - interval '90 minutes') AS late_day, PRODDTA.jde_time(local - interval '90 minutes') AS late_second
FROM (SELECT date_trunc('second', now() AT TIME ZONE 'America/Denver') AS local) AS clock;
