-- What an hour of work in the ERP leaves behind. Every statement stands for one kind of change.
CREATE TEMPORARY TABLE moment AS
SELECT
    PRODDTA.jde_date(local) AS day, PRODDTA.jde_time(local) AS second,
    PRODDTA.jde_date(local - interval '90 minutes') AS late_day, PRODDTA.jde_time(local - interval '90 minutes') AS late_second
FROM (SELECT date_trunc('second', now() AT TIME ZONE 'America/Denver') AS local) AS clock;

-- A row changed without a new stamp, as direct SQL does. It is found because its stamp is still recent.
UPDATE PRODDTA.F4801 SET WAUORG = WAUORG + 7000 WHERE WADOCO = (SELECT max(WADOCO) FROM PRODDTA.F4801);
UPDATE PRODDTA.F4111 SET ILTRQT = ILTRQT + 7 WHERE ILUKID = (SELECT max(ILUKID) FROM PRODDTA.F4111);
UPDATE PRODDTA.F4101 SET IMDSC2 = 'Same stamp, new text' WHERE IMITM = (SELECT max(IMITM) FROM PRODDTA.F4101);

-- Changed rows, and some of them changed twice.
UPDATE PRODDTA.F4801 SET WASRST = '90', WAUORG = WAUORG + 1000, WAUPMJ = day, WATDAY = second
FROM moment WHERE WADOCO %% 199 = %(round)s;
UPDATE PRODDTA.F4801 SET WASRST = '95', WASOQS = WASOQS + 250 WHERE WADOCO %% 796 = %(round)s;
UPDATE PRODDTA.F4101 SET IMDSC1 = rpad('Renamed in round ' || %(round)s, 30), IMUPMJ = day, IMTDAY = second
FROM moment WHERE IMITM %% 97 = %(round)s;

-- New rows.
INSERT INTO PRODDTA.F4801
SELECT top + row_number() OVER (ORDER BY WADOCO), WADCTO, 'New order', WAMCU, WAMMCU, WAITM, WALITM, WAAITM, WALOTN, WAUOM, WAUORG, 0,
    day, day, day, 0, '10', WAPRTS, WAUSER, WAPID, WAJOBN, day, second
FROM PRODDTA.F4801, moment, (SELECT max(WADOCO) AS top FROM PRODDTA.F4801) AS t WHERE WADOCO <= 40;
INSERT INTO PRODDTA.F4111
SELECT top + row_number() OVER (ORDER BY ILUKID), ILITM, ILLITM, ILMCU, ILLOCN, ILLOTN, ILDCT, ILDOC, ILDCTO, ILDOCO, day, ILTRQT, ILTRUM,
    ILUNCS, ILPAID, 'New movement', ILUSER, ILPID, day, second
FROM PRODDTA.F4111, moment, (SELECT max(ILUKID) AS top FROM PRODDTA.F4111) AS t WHERE ILUKID <= 400;
INSERT INTO PRODDTA.F4101
SELECT top + row_number() OVER (ORDER BY IMITM), 'NEW-' || IMLITM, IMAITM, IMDSC1, IMDSC2, IMSTKT, IMLNTY, IMGLPT, IMUOM1, IMUSER, IMPID, IMJOBN, day, second
FROM PRODDTA.F4101, moment, (SELECT max(IMITM) AS top FROM PRODDTA.F4101) AS t WHERE IMITM <= 10;

-- Rows that a long transaction commits only now, with the stamp of when it began.
INSERT INTO PRODDTA.F4801
SELECT top + 1, WADCTO, 'Committed late', WAMCU, WAMMCU, WAITM, WALITM, WAAITM, WALOTN, WAUOM, WAUORG, 0, late_day, late_day, late_day, 0,
    '10', WAPRTS, WAUSER, WAPID, WAJOBN, late_day, late_second
FROM PRODDTA.F4801, moment, (SELECT max(WADOCO) AS top FROM PRODDTA.F4801) AS t WHERE WADOCO = 1;
INSERT INTO PRODDTA.F4111
SELECT top + 1, ILITM, ILLITM, ILMCU, ILLOCN, ILLOTN, ILDCT, ILDOC, ILDCTO, ILDOCO, late_day, ILTRQT, ILTRUM, ILUNCS, ILPAID,
    'Committed late', ILUSER, ILPID, late_day, late_second
FROM PRODDTA.F4111, moment, (SELECT max(ILUKID) AS top FROM PRODDTA.F4111) AS t WHERE ILUKID = 1;
DROP TABLE moment;
