-- The sample JD Edwards: three tables as EnterpriseOne stores them. Dates are CYYDDD and times HHMMSS
-- numbers, text is padded with blanks and never NULL, MCU is right-justified, numbers carry implied
-- decimals, and zero stands for "no value". Names are unquoted, as on the databases JDE runs on.
CREATE SCHEMA IF NOT EXISTS PRODDTA;

DROP TABLE IF EXISTS PRODDTA.F4101;
CREATE TABLE PRODDTA.F4101 (
    IMITM  numeric(8, 0) PRIMARY KEY,
    IMLITM character(25) NOT NULL,
    IMAITM character(25) NOT NULL,
    IMDSC1 character(30) NOT NULL,
    IMDSC2 character(30) NOT NULL,
    IMSTKT character(1) NOT NULL,
    IMLNTY character(2) NOT NULL,
    IMGLPT character(4) NOT NULL,
    IMUOM1 character(2) NOT NULL,
    IMUSER character(10) NOT NULL,
    IMPID  character(10) NOT NULL,
    IMJOBN character(10) NOT NULL,
    IMUPMJ numeric(6, 0) NOT NULL,
    IMTDAY numeric(6, 0) NOT NULL
);

DROP TABLE IF EXISTS PRODDTA.F4801;
CREATE TABLE PRODDTA.F4801 (
    WADOCO numeric(8, 0) PRIMARY KEY,
    WADCTO character(2) NOT NULL,
    WADL01 character(30) NOT NULL,
    WAMCU  character(12) NOT NULL,
    WAMMCU character(12) NOT NULL,
    WAITM  numeric(8, 0) NOT NULL,
    WALITM character(25) NOT NULL,
    WAAITM character(25) NOT NULL,
    WALOTN character(30) NOT NULL,
    WAUOM  character(2) NOT NULL,
    WAUORG numeric(15, 0) NOT NULL,
    WASOQS numeric(15, 0) NOT NULL,
    WATRDJ numeric(6, 0) NOT NULL,
    WASTRT numeric(6, 0) NOT NULL,
    WADRQJ numeric(6, 0) NOT NULL,
    WASTRX numeric(6, 0) NOT NULL,
    WASRST character(2) NOT NULL,
    WAPRTS character(1) NOT NULL,
    WAUSER character(10) NOT NULL,
    WAPID  character(10) NOT NULL,
    WAJOBN character(10) NOT NULL,
    WAUPMJ numeric(6, 0) NOT NULL,
    WATDAY numeric(6, 0) NOT NULL
);

DROP TABLE IF EXISTS PRODDTA.F4111;
CREATE TABLE PRODDTA.F4111 (
    ILUKID numeric(15, 0) PRIMARY KEY,
    ILITM  numeric(8, 0) NOT NULL,
    ILLITM character(25) NOT NULL,
    ILMCU  character(12) NOT NULL,
    ILLOCN character(20) NOT NULL,
    ILLOTN character(30) NOT NULL,
    ILDCT  character(2) NOT NULL,
    ILDOC  numeric(8, 0) NOT NULL,
    ILDCTO character(2) NOT NULL,
    ILDOCO numeric(8, 0) NOT NULL,
    ILTRDJ numeric(6, 0) NOT NULL,
    ILTRQT numeric(15, 0) NOT NULL,
    ILTRUM character(2) NOT NULL,
    ILUNCS numeric(15, 0) NOT NULL,
    ILPAID numeric(15, 0) NOT NULL,
    ILTREX character(30) NOT NULL,
    ILUSER character(10) NOT NULL,
    ILPID  character(10) NOT NULL,
    ILCRDJ numeric(6, 0) NOT NULL,
    ILTDAY numeric(6, 0) NOT NULL
);

-- A calendar date as JDE writes it: year since 1900 times 1000 plus the day of the year.
CREATE OR REPLACE FUNCTION PRODDTA.jde_date(moment timestamp) RETURNS numeric
LANGUAGE sql IMMUTABLE AS
$$ SELECT ((extract(year FROM moment) - 1900) * 1000 + extract(doy FROM moment))::numeric(6, 0) $$;

CREATE OR REPLACE FUNCTION PRODDTA.jde_time(moment timestamp) RETURNS numeric
LANGUAGE sql IMMUTABLE AS
$$ SELECT to_char(moment, 'HH24MISS')::numeric(6, 0) $$;
