-- The conversions, written in SQL and apart from the package's own, so that the two check each other.
CREATE OR REPLACE FUNCTION pg_temp.expected_date(d numeric) RETURNS date LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN d <> 0 THEN make_date(1900 + (d::int / 1000), 1, 1) + (d::int % 1000 - 1) END $$;

CREATE OR REPLACE FUNCTION pg_temp.expected_stamp(d numeric, t numeric) RETURNS timestamptz LANGUAGE sql STABLE AS
$$
    -- In the hour that a clock change repeats or skips, the instant of the change: in Denver a full hour.
    SELECT CASE WHEN (instant - interval '1 hour') AT TIME ZONE 'America/Denver' = wall OR instant AT TIME ZONE 'America/Denver' <> wall
        THEN date_trunc('hour', instant) ELSE instant END
    FROM (SELECT wall, wall AT TIME ZONE 'America/Denver' AS instant FROM (
        SELECT pg_temp.expected_date(d) + make_time(t::int / 10000, t::int / 100 % 100, t::int % 100) AS wall) AS w) AS later_reading
$$;

CREATE OR REPLACE FUNCTION pg_temp.expected_text(c text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT nullif(btrim(c), '') $$;

-- A key is never NULL: what is blank in the source is empty in the target.
CREATE OR REPLACE FUNCTION pg_temp.expected_key(c text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT btrim(c) $$;
