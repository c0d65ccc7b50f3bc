-- The sample JD Edwards: twelve tables as EnterpriseOne stores them. Dates are CYYDDD and times HHMMSS
-- numbers, text is padded with blanks and never NULL, MCU is right-justified, numbers carry implied
-- decimals, and zero stands for "no value". Names are unquoted, as on the databases JDE runs on.
CREATE SCHEMA IF NOT EXISTS PRODDTA;
CREATE SCHEMA IF NOT EXISTS PRODCTL;

-- A calendar date as JDE writes it: year since 1900 times 1000 plus the day of the year; 0 for none.
CREATE OR REPLACE FUNCTION PRODDTA.jde_date(moment timestamp) RETURNS numeric
LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce((extract(year FROM moment) - 1900) * 1000 + extract(doy FROM moment), 0)::numeric(6, 0) $$;

-- A time of day as JDE writes it: HHMMSS without leading zeros; 0 for none.
CREATE OR REPLACE FUNCTION PRODDTA.jde_time(moment timestamp) RETURNS numeric
LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(to_char(moment, 'HH24MISS')::numeric(6, 0), 0) $$;

-- A business unit as JDE writes it: right-justified.
CREATE OR REPLACE FUNCTION PRODDTA.jde_mcu(code text) RETURNS text
LANGUAGE sql IMMUTABLE AS
$$ SELECT lpad(code, 12) $$;

-- When row i of n was last changed, by the clock of a site in Denver. A few are awkward on purpose: no
-- stamp at all, one in the future, one in the hour that the end of summer time repeats; the last ones are
-- quite fresh.
CREATE OR REPLACE FUNCTION PRODDTA.sample_stamp(i bigint, n bigint, fresh timestamp) RETURNS timestamp
LANGUAGE sql STABLE AS
$$
    SELECT CASE
        WHEN i > n - 20 THEN fresh
        WHEN i % 499 = 0 THEN NULL
        WHEN i = 7 THEN timestamp '2030-01-01 00:00:00'
        WHEN i = 11 THEN timestamp '2025-11-02 01:30:00'
        ELSE (timestamptz '2026-01-01 00:00:00+00' - make_interval(secs => i * 7919 % 60000000)) AT TIME ZONE 'America/Denver'
    END
$$;

-- Which of its two branches makes item k for work order i.
CREATE OR REPLACE FUNCTION PRODDTA.sample_branch(item bigint, work_order bigint) RETURNS integer
LANGUAGE sql IMMUTABLE AS
$$ SELECT ((item + work_order % 2) % 4)::integer $$;
