-- A row changed without a new stamp, as direct SQL does. It is found because its stamp is still recent.
UPDATE PRODDTA.F4101 SET IMDSC2 = 'Same stamp, new text' WHERE IMITM = (SELECT max(IMITM) FROM PRODDTA.F4101);
UPDATE PRODDTA.F4102 SET IBSAFE = IBSAFE + 7 WHERE IBITM = (SELECT max(IBITM) FROM PRODDTA.F4102);
UPDATE PRODDTA.F4108 SET IOLOTS = 'X' WHERE IOLOTN = (SELECT max(IOLOTN) FROM PRODDTA.F4108);
UPDATE PRODDTA.F4111 SET ILTRQT = ILTRQT + 7 WHERE ILUKID = (SELECT max(ILUKID) FROM PRODDTA.F4111);

-- Changed rows, and some of them changed twice. The ledger's rows keep the stamp of when they were written.
UPDATE PRODDTA.F4101 SET IMDSC1 = 'Renamed in round ' || %(round)s, IMUPMJ = day, IMTDAY = second
FROM PRODDTA.sample_moment WHERE IMITM %% 97 = %(round)s;
UPDATE PRODDTA.F4101 SET IMSRTX = 'RENAMED TWICE' WHERE IMITM %% 194 = %(round)s;
UPDATE PRODDTA.F4102 SET IBROPI = IBROPI + 1000, IBUPMJ = day, IBTDAY = second
FROM PRODDTA.sample_moment WHERE IBITM %% 149 = %(round)s;
UPDATE PRODDTA.F4102 SET IBSAFE = IBSAFE - 125 WHERE IBITM %% 298 = %(round)s;
UPDATE PRODDTA.F4108 SET IOLOTS = 'H', IOUPMJ = day, IOTDAY = second
FROM PRODDTA.sample_moment WHERE IODOCO %% 199 = %(round)s;
UPDATE PRODDTA.F4108 SET IOLOTS = '', IOLOT2 = 'Released again' WHERE IODOCO %% 597 = %(round)s;

-- New rows: an item, its branches; movements.
INSERT INTO PRODDTA.F4101
SELECT n.* FROM PRODDTA.F4101 AS o, (SELECT max(IMITM) AS top FROM PRODDTA.F4101) AS t, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'imitm', top + o.IMITM, 'imlitm', 'NEW-' || o.IMLITM, 'imupmj', day, 'imtday', second)) AS n
WHERE o.IMITM <= 10;
INSERT INTO PRODDTA.F4102
SELECT n.* FROM PRODDTA.F4102 AS o, (SELECT max(IBITM) AS top FROM PRODDTA.F4102) AS t, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'ibitm', top + o.IBITM, 'iblitm', 'NEW-' || o.IBLITM, 'ibupmj', day, 'ibtday', second)) AS n
WHERE o.IBITM <= 10;
INSERT INTO PRODDTA.F4111
SELECT n.* FROM PRODDTA.F4111 AS o, (SELECT max(ILUKID) AS top FROM PRODDTA.F4111) AS t, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'ilukid', top + o.ILUKID, 'iltrdj', day, 'iltrex', 'New movement', 'ilcrdj', day, 'iltday', second)) AS n
WHERE o.ILUKID <= 400;

-- Rows that a long transaction commits only now, with the stamp of when it began.
INSERT INTO PRODDTA.F4108
SELECT n.* FROM PRODDTA.F4108 AS o, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'iolotn', 'LATE' || %(round)s, 'iodoco', 0, 'ioupmj', late_day, 'iotday', late_second)) AS n
WHERE o.IOLOTN = 'LOT00000001';
INSERT INTO PRODDTA.F4111
SELECT n.* FROM PRODDTA.F4111 AS o, (SELECT max(ILUKID) AS top FROM PRODDTA.F4111) AS t, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'ilukid', top + 1, 'iltrdj', late_day, 'iltrex', 'Committed late', 'ilcrdj', late_day, 'iltday', late_second)) AS n
WHERE o.ILUKID = 1;
