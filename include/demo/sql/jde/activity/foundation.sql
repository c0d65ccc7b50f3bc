-- Changed, and a row that is changed without a new stamp, as direct SQL does; its stamp is still recent.
UPDATE PRODDTA.F0006 SET MCDL01 = 'Renamed in round ' || %(round)s, MCUPMJ = day, MCUPMT = second
FROM PRODDTA.sample_moment WHERE MCMCU = PRODDTA.jde_mcu('C' || lpad((%(round)s %% 30)::text, 3, '0'));
UPDATE PRODDTA.F0006 SET MCRP02 = 'EST' WHERE MCMCU = PRODDTA.jde_mcu('C035');
UPDATE PRODDTA.F0101 SET ABALPH = ABALPH || ' *', ABUPMJ = day, ABUPMT = second
FROM PRODDTA.sample_moment WHERE ABAN8 %% 499 = %(round)s;
UPDATE PRODDTA.F0101 SET ABRMK = 'Changed twice' WHERE ABAN8 %% 1497 = %(round)s;
UPDATE PRODDTA.F0101 SET ABRMK = 'Same stamp, new remark' WHERE ABAN8 = (SELECT max(ABAN8) FROM PRODDTA.F0101);
UPDATE PRODCTL.F0005 SET DRDL01 = 'Round ' || %(round)s, DRUPMJ = day, DRUPMT = second
FROM PRODDTA.sample_moment WHERE DRSY = '41' AND DRRT = 'S1' AND DRKY = lpad(lpad((%(round)s %% 190)::text, 3, '0'), 10);
UPDATE PRODCTL.F0005 SET DRDL02 = 'Same stamp' WHERE DRSY = '41' AND DRRT = 'S1' AND DRKY = lpad('199', 10);

-- New rows.
INSERT INTO PRODDTA.F0006
SELECT n.* FROM PRODDTA.F0006 AS o, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'mcmcu', PRODDTA.jde_mcu('N' || lpad(%(round)s::text, 3, '0')), 'mcupmj', day, 'mcupmt', second)) AS n
WHERE o.MCMCU = PRODDTA.jde_mcu('C000');
INSERT INTO PRODDTA.F0101
SELECT n.* FROM PRODDTA.F0101 AS o, (SELECT max(ABAN8) AS top FROM PRODDTA.F0101) AS t, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'aban8', top + o.ABAN8 - 1000, 'abrmk', 'New party', 'abupmj', day, 'abupmt', second)) AS n
WHERE o.ABAN8 BETWEEN 1001 AND 1012;
INSERT INTO PRODCTL.F0005
SELECT n.* FROM PRODCTL.F0005 AS o, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object('drky', lpad('N' || %(round)s, 10), 'drupmj', day, 'drupmt', second)) AS n
WHERE o.DRSY = '00' AND o.DRRT = 'SS' AND o.DRKY = lpad('10', 10);

-- A party whose entry a long transaction commits only now, with the stamp of when it began.
INSERT INTO PRODDTA.F0101
SELECT n.* FROM PRODDTA.F0101 AS o, (SELECT max(ABAN8) AS top FROM PRODDTA.F0101) AS t, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'aban8', top + 1, 'abrmk', 'Committed late', 'abupmj', late_day, 'abupmt', late_second)) AS n
WHERE o.ABAN8 = 1001;
