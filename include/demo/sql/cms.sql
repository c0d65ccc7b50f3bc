-- The table that the demo reads from the CMS. Its stamps are UTC.
CREATE TABLE IF NOT EXISTS misdata (
    mis_number varchar(20) NOT NULL,
    revision varchar(8) NOT NULL,
    char_number integer NOT NULL,
    item_number varchar(25) NOT NULL,
    branch varchar(12) NOT NULL,
    operation_seq numeric(5, 2) NOT NULL,
    description varchar(200),
    sampling_type varchar(10),
    sample_size integer,
    lower_limit numeric(18, 6),
    upper_limit numeric(18, 6),
    unit varchar(10),
    gauge varchar(100),
    status varchar(10) NOT NULL,
    is_active boolean NOT NULL,
    released_at timestamp,
    last_updated timestamp NOT NULL,
    PRIMARY KEY (mis_number, revision, char_number)
);
