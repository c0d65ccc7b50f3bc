-- The sample CMS: manufacturing inspection data with plain columns and one timestamp, in UTC.
DROP TABLE IF EXISTS MISDATA;
CREATE TABLE MISDATA (
    MIS_NUMBER    varchar(20) NOT NULL,
    REVISION      varchar(8) NOT NULL,
    CHAR_NUMBER   integer NOT NULL,
    ITEM_NUMBER   varchar(25),
    BRANCH        varchar(12),
    OPERATION_SEQ numeric(5, 2),
    DESCRIPTION   varchar(200),
    SAMPLING_TYPE varchar(10),
    SAMPLE_SIZE   integer,
    LOWER_LIMIT   numeric(18, 6),
    UPPER_LIMIT   numeric(18, 6),
    UNIT          varchar(10),
    GAUGE         varchar(100),
    STATUS        varchar(10),
    IS_ACTIVE     boolean,
    RELEASED_AT   timestamp,
    LAST_UPDATED  timestamp NOT NULL,
    PRIMARY KEY (MIS_NUMBER, REVISION, CHAR_NUMBER)
);
CREATE INDEX IX_MISDATA_LAST_UPDATED ON MISDATA (LAST_UPDATED);
