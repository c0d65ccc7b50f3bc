-- Business units (F0006), the address book (F0101) and, with the control tables, the user-defined codes (F0005).

DROP TABLE IF EXISTS PRODDTA.F0006;
CREATE TABLE PRODDTA.F0006 (
    MCMCU  character(12) NOT NULL DEFAULT '',
    MCSTYL character(2) NOT NULL DEFAULT '',
    MCDL01 character(30) NOT NULL DEFAULT '',
    MCDL02 character(30) NOT NULL DEFAULT '',
    MCDC   character(40) NOT NULL DEFAULT '',
    MCLDM  character(1) NOT NULL DEFAULT '',
    MCCO   character(5) NOT NULL DEFAULT '',
    MCAN8  numeric(8, 0) NOT NULL DEFAULT 0,
    MCADDS character(3) NOT NULL DEFAULT '',
    MCRP01 character(3) NOT NULL DEFAULT '',
    MCRP02 character(3) NOT NULL DEFAULT '',
    MCRP03 character(3) NOT NULL DEFAULT '',
    MCRP04 character(3) NOT NULL DEFAULT '',
    MCRP21 character(10) NOT NULL DEFAULT '',
    MCPECC character(1) NOT NULL DEFAULT '',
    MCMCUS character(12) NOT NULL DEFAULT '',
    MCD1J  numeric(6, 0) NOT NULL DEFAULT 0,
    MCD2J  numeric(6, 0) NOT NULL DEFAULT 0,
    MCUSER character(10) NOT NULL DEFAULT '',
    MCPID  character(10) NOT NULL DEFAULT '',
    MCJOBN character(10) NOT NULL DEFAULT '',
    MCUPMJ numeric(6, 0) NOT NULL DEFAULT 0,
    MCUPMT numeric(6, 0) NOT NULL DEFAULT 0,
    PRIMARY KEY (MCMCU)
);

DROP TABLE IF EXISTS PRODDTA.F0101;
CREATE TABLE PRODDTA.F0101 (
    ABAN8  numeric(8, 0) NOT NULL DEFAULT 0,
    ABALKY character(20) NOT NULL DEFAULT '',
    ABTAX  character(20) NOT NULL DEFAULT '',
    ABALPH character(40) NOT NULL DEFAULT '',
    ABDC   character(40) NOT NULL DEFAULT '',
    ABMCU  character(12) NOT NULL DEFAULT '',
    ABSIC  character(10) NOT NULL DEFAULT '',
    ABLNGP character(2) NOT NULL DEFAULT '',
    ABAT1  character(3) NOT NULL DEFAULT '',
    ABCM   character(2) NOT NULL DEFAULT '',
    ABATP  character(1) NOT NULL DEFAULT '',
    ABATR  character(1) NOT NULL DEFAULT '',
    ABATE  character(1) NOT NULL DEFAULT '',
    ABEFTB numeric(6, 0) NOT NULL DEFAULT 0,
    ABAN81 numeric(8, 0) NOT NULL DEFAULT 0,
    ABAC01 character(3) NOT NULL DEFAULT '',
    ABAC02 character(3) NOT NULL DEFAULT '',
    ABAC03 character(3) NOT NULL DEFAULT '',
    ABRMK  character(30) NOT NULL DEFAULT '',
    ABUSER character(10) NOT NULL DEFAULT '',
    ABPID  character(10) NOT NULL DEFAULT '',
    ABJOBN character(10) NOT NULL DEFAULT '',
    ABUPMJ numeric(6, 0) NOT NULL DEFAULT 0,
    ABUPMT numeric(6, 0) NOT NULL DEFAULT 0,
    PRIMARY KEY (ABAN8)
);

DROP TABLE IF EXISTS PRODCTL.F0005;
CREATE TABLE PRODCTL.F0005 (
    DRSY   character(4) NOT NULL DEFAULT '',
    DRRT   character(2) NOT NULL DEFAULT '',
    DRKY   character(10) NOT NULL DEFAULT '',
    DRDL01 character(30) NOT NULL DEFAULT '',
    DRDL02 character(30) NOT NULL DEFAULT '',
    DRSPHD character(10) NOT NULL DEFAULT '',
    DRUDCO character(1) NOT NULL DEFAULT '',
    DRHRDC character(1) NOT NULL DEFAULT '',
    DRUSER character(10) NOT NULL DEFAULT '',
    DRPID  character(10) NOT NULL DEFAULT '',
    DRJOBN character(10) NOT NULL DEFAULT '',
    DRUPMJ numeric(6, 0) NOT NULL DEFAULT 0,
    DRUPMT numeric(6, 0) NOT NULL DEFAULT 0,
    PRIMARY KEY (DRSY, DRRT, DRKY)
);
