-- Changed rows, some twice, and one that is changed without a new stamp.
UPDATE PRODDTA.F30006 SET IWQUED = IWQUED + 25, IWUPMJ = day, IWTDAY = second
FROM PRODDTA.sample_moment WHERE IWMCU = PRODDTA.jde_mcu('W' || lpad((%(round)s %% 50)::text, 3, '0'));
UPDATE PRODDTA.F30006 SET IWWORE = IWWORE - 100 WHERE IWMCU = PRODDTA.jde_mcu('W059');
UPDATE PRODDTA.F3003 SET IRRUNL = IRRUNL + 50, IRUPMJ = day, IRTDAY = second
FROM PRODDTA.sample_moment WHERE IRKIT %% 199 = %(round)s;
UPDATE PRODDTA.F3003 SET IRSETL = IRSETL + 10 WHERE IRKIT %% 398 = %(round)s;
UPDATE PRODDTA.F3003 SET IRDSC1 = 'Same stamp' WHERE IRKIT = (SELECT max(IRKIT) FROM PRODDTA.F3003);

-- A third operation for some items; one of them committed late, with the stamp of when its transaction began.
INSERT INTO PRODDTA.F3003
SELECT n.* FROM PRODDTA.F3003 AS o, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'iropsq', 3000 + %(round)s, 'irdsc1', 'Neu eingefügt',
        'irupmj', CASE WHEN o.IRKIT = 1 THEN late_day ELSE day END,
        'irtday', CASE WHEN o.IRKIT = 1 THEN late_second ELSE second END)) AS n
WHERE o.IRKIT < 20 AND o.IROPSQ = 2000;
