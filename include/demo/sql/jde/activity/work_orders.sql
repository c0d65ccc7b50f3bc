-- A row changed without a new stamp, as direct SQL does. It is found because its stamp is still recent.
UPDATE PRODDTA.F4801 SET WAUORG = WAUORG + 7000 WHERE WADOCO = (SELECT max(WADOCO) FROM PRODDTA.F4801);
UPDATE PRODDTA.F3111 SET WMUORG = WMUORG + 7000 WHERE WMUKID = (SELECT max(WMUKID) FROM PRODDTA.F3111);
UPDATE PRODDTA.F3112 SET WLUORG = WLUORG + 7000 WHERE WLDOCO = (SELECT max(WLDOCO) FROM PRODDTA.F3112);

-- Changed rows, and some of them changed twice.
UPDATE PRODDTA.F4801 SET WASRST = '90', WAUORG = WAUORG + 1000, WAUPMJ = day, WATDAY = second
FROM PRODDTA.sample_moment WHERE WADOCO %% 199 = %(round)s;
UPDATE PRODDTA.F4801 SET WASRST = '95', WASOQS = WASOQS + 250 WHERE WADOCO %% 796 = %(round)s;
UPDATE PRODDTA.F3111 SET WMTRQT = WMTRQT + 500, WMUPMJ = day, WMTDAY = second
FROM PRODDTA.sample_moment WHERE WMDOCO %% 199 = %(round)s;
UPDATE PRODDTA.F3111 SET WMMTST = '20' WHERE WMDOCO %% 398 = %(round)s;
UPDATE PRODDTA.F3112 SET WLLABA = WLLABA + 75, WLOPST = '20', WLUPMJ = day, WLTDAY = second
FROM PRODDTA.sample_moment WHERE WLDOCO %% 199 = %(round)s;
UPDATE PRODDTA.F3112 SET WLOPST = '40', WLSTRX = day FROM PRODDTA.sample_moment WHERE WLDOCO %% 398 = %(round)s;

-- New orders with their parts, operations and lots. The first of them was committed late: it carries the
-- stamp of when its transaction began.
CREATE TEMPORARY TABLE new_orders AS
SELECT n.* FROM PRODDTA.F4801 AS o, (SELECT max(WADOCO) AS top FROM PRODDTA.F4801) AS t, PRODDTA.sample_moment,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'wadoco', top + o.WADOCO, 'wadl01', CASE WHEN o.WADOCO = 1 THEN 'Committed late' ELSE 'New order' END,
        'walotn', 'NEW' || lpad((top + o.WADOCO)::text, 8, '0'), 'wasoqs', 0, 'wastrx', 0, 'wasrst', '10',
        'watrdj', day, 'wastrt', day, 'wadrqj', day,
        'waupmj', CASE WHEN o.WADOCO = 1 THEN late_day ELSE day END,
        'watday', CASE WHEN o.WADOCO = 1 THEN late_second ELSE second END)) AS n
WHERE o.WADOCO <= 40;
INSERT INTO PRODDTA.F4801 SELECT * FROM new_orders;
INSERT INTO PRODDTA.F3111
SELECT n.* FROM PRODDTA.F3111 AS o JOIN new_orders ON WAITM = o.WMDOCO, (SELECT max(WMUKID) AS top FROM PRODDTA.F3111) AS t,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'wmukid', top + o.WMUKID, 'wmdoco', WADOCO, 'wmmcu', WAMMCU, 'wmtrqt', 0, 'wmupmj', WAUPMJ, 'wmtday', WATDAY)) AS n;
INSERT INTO PRODDTA.F3112
SELECT n.* FROM PRODDTA.F3112 AS o JOIN new_orders ON WAITM = o.WLDOCO,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'wldoco', WADOCO, 'wlopst', '', 'wlsoqs', 0, 'wlupmj', WAUPMJ, 'wltday', WATDAY)) AS n;
INSERT INTO PRODDTA.F4108
SELECT n.* FROM PRODDTA.F4108 AS o JOIN new_orders ON WAITM = o.IODOCO,
    PRODDTA.sample_copy(o, jsonb_build_object(
        'iolotn', WALOTN, 'iodoco', WADOCO, 'ioupmj', WAUPMJ, 'iotday', WATDAY)) AS n;
DROP TABLE new_orders;
