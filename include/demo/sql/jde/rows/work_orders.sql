-- Rows of the work orders: order i makes item i (counted round), takes three parts and two operations.
INSERT INTO PRODDTA.F4801 (WADOCO, WADCTO, WASFXO, WARORN, WARCTO, WAPARS, WADL01, WAMCU, WAMMCU, WAITM, WALITM, WAAITM,
    WALOTN, WAUOM, WAUORG, WASOQS, WASOCN, WATBM, WATRT, WATRDJ, WASTRT, WADRQJ, WASTRX, WASRST, WAPRTS, WAAN8, WAUSER,
    WAPID, WAJOBN, WAUPMJ, WATDAY)
SELECT
    i, (ARRAY['WO', 'WM', 'WR'])[1 + i %% 3], '000', CASE WHEN i %% 6 = 0 THEN (500000 + i)::text ELSE '' END,
    CASE WHEN i %% 6 = 0 THEN 'SO' ELSE '' END,
    CASE WHEN i > 100 AND i %% 12 = 0 THEN lpad((i / 12)::text, 8, '0') ELSE '' END,
    'Make ' || i %% 997 || CASE WHEN i %% 50 = 0 THEN ' ''rush''; 100%%' ELSE '' END,
    PRODDTA.jde_mcu('C' || lpad((i %% 36)::text, 3, '0')), PRODDTA.jde_mcu('M3' || PRODDTA.sample_branch(item, i)),
    IMITM, IMLITM, IMAITM, CASE WHEN i <= %(lots)s THEN 'LOT' || lpad(i::text, 8, '0') ELSE '' END, IMUOM1,
    (i %% 7919) * 1000 + i %% 1000, CASE WHEN i %% 97 = 0 THEN -1500 ELSE (i %% 7919) * 500 END, i %% 40 * 250, 'M',
    'M', PRODDTA.jde_date(born), PRODDTA.jde_date(born + interval '2 days'), PRODDTA.jde_date(born + interval '9 days'),
    CASE WHEN i %% 3 = 0 THEN 0 ELSE PRODDTA.jde_date(born + interval '8 days') END,
    (ARRAY['10', '40', '90', '99'])[1 + i %% 4], (i %% 9)::text,
    CASE WHEN i %% 4 = 0 THEN 0 ELSE 1001 + i %% %(addresses)s END, 'USER' || i %% 40, 'P48013', 'WS' || i %% 9,
    PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM generate_series(1, %(orders)s) AS i
CROSS JOIN LATERAL (
    SELECT
        1 + (i - 1) %% %(items)s AS item, timestamp '2026-01-01' - make_interval(secs => i * 211 %% 90000000) AS born,
        PRODDTA.sample_stamp(i, %(orders)s, %(now)s) AS moment) AS s
JOIN PRODDTA.F4101 ON IMITM = item;

INSERT INTO PRODDTA.F3111 (WMUKID, WMDOCO, WMDCTO, WMTBM, WMCPNT, WMOPSQ, WMCPIT, WMCPIL, WMCPIA, WMDSC1, WMCMCU, WMMCU,
    WMLOCN, WMLOTN, WMLNTY, WMUORG, WMTRQT, WMQNTA, WMSOBK, WMUM, WMITC, WMMTST, WMTRDJ, WMDRQJ, WMSTRX, WMUSER, WMPID,
    WMJOBN, WMUPMJ, WMTDAY)
SELECT
    i, WADOCO, WADCTO, WATBM, k * 10, 1000 * (1 + k %% 2), IMITM, IMLITM, IMAITM, IMDSC1,
    PRODDTA.jde_mcu('M3' || PRODDTA.sample_branch(part, part)), WAMMCU,
    CASE WHEN i %% 6 = 0 THEN '' ELSE 'B.' || i %% 30 END,
    CASE WHEN k = 1 AND part <= %(lots)s THEN 'LOT' || lpad(part::text, 8, '0') ELSE '' END, IMLNTY, WAUORG * k,
    CASE WHEN i %% 2 = 0 THEN WASOQS * k ELSE 0 END, i %% 900 * 125, CASE WHEN i %% 41 = 0 THEN 7500 ELSE 0 END, IMUOM1,
    (ARRAY['I', 'B', 'F'])[k], (ARRAY['', '10', '20'])[1 + i %% 3], WATRDJ, WASTRT, WASTRX, WAUSER, 'P3111', WAJOBN,
    PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM PRODDTA.F4801
CROSS JOIN generate_series(1, 3) AS k
CROSS JOIN LATERAL (SELECT ((WADOCO - 1) * 3 + k)::bigint AS i, (1 + (WAITM - 1 + k * 101) %% %(items)s)::bigint AS part) AS n
CROSS JOIN LATERAL (SELECT PRODDTA.sample_stamp(i, 3 * %(orders)s, %(now)s) AS moment) AS s
JOIN PRODDTA.F4101 ON IMITM = part;

INSERT INTO PRODDTA.F3112 (WLDOCO, WLOPSQ, WLOPSC, WLMCU, WLDCTO, WLTRT, WLKIT, WLKITL, WLMMCU, WLDSC1, WLOPST, WLTIMB,
    WLBFPF, WLTRDJ, WLSTRT, WLDRQJ, WLSTRX, WLSETC, WLMOVD, WLQUED, WLRUNM, WLRUNL, WLSETL, WLMACA, WLLABA, WLSETA,
    WLUORG, WLSOQS, WLSOCN, WLQMTO, WLUOM, WLVEND, WLUSER, WLPID, WLJOBN, WLUPMJ, WLTDAY)
SELECT
    WADOCO, 1000 * k, CASE WHEN i %% 29 = 0 THEN 'A' ELSE '' END,
    PRODDTA.jde_mcu('W' || lpad((4 * ((WADOCO + k) %% 15) + right(WAMMCU, 1)::integer)::text, 3, '0')), WADCTO, WATRT,
    WAITM, WALITM, WAMMCU, (ARRAY['Drehen', 'Fräsen', 'Grind', 'Inspect'])[1 + i %% 4],
    (ARRAY['', '10', '20', '40'])[1 + i %% 4], (ARRAY['', 'U', '1'])[1 + i %% 3], (ARRAY['', 'P', 'B'])[1 + i %% 3],
    WATRDJ, WASTRT, WADRQJ, WASTRX, 10 + i %% 30, i %% 250, i %% 800, (i * 13) %% 90000, (i * 17) %% 120000,
    (i * 19) %% 400, (i * 23) %% 90000, (i * 29) %% 120000, CASE WHEN i %% 37 = 0 THEN -125 ELSE (i * 31) %% 400 END,
    WAUORG, WASOQS, WASOCN, i %% 40 * 1000, WAUOM, CASE WHEN i %% 9 = 0 THEN 1001 + i %% %(addresses)s ELSE 0 END,
    WAUSER, 'P3112', WAJOBN, PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM PRODDTA.F4801
CROSS JOIN generate_series(1, 2) AS k
CROSS JOIN LATERAL (SELECT ((WADOCO - 1) * 2 + k)::integer AS i) AS n
CROSS JOIN LATERAL (SELECT PRODDTA.sample_stamp(i, 2 * %(orders)s, %(now)s) AS moment) AS s;
