-- Rows of the shop floor: fifteen work centres in each branch, and a routing of two operations for every
-- second item.
INSERT INTO PRODDTA.F30006 (IWMMCU, IWMCU, IWMCUW, IWLOCN, IWCRTW, IWPILC, IWBFPF, IWAN8, IWAVRT, IWWRHR, IWWORE,
    IWWORU, IWQMAD, IWNOMA, IWSETC, IWMOVD, IWQUED, IWCAPU, IWUSER, IWPID, IWJOBN, IWUPMJ, IWTDAY)
SELECT
    PRODDTA.jde_mcu('M3' || w %% 4), MCMCU,
    CASE WHEN w %% 3 = 0 THEN '' ELSE PRODDTA.jde_mcu('W' || lpad((w %% 4)::text, 3, '0')) END, 'WIP.' || w %% 9,
    CASE WHEN w %% 10 = 0 THEN '1' ELSE '' END, (ARRAY['L', 'M', 'B'])[1 + w %% 3], (ARRAY['', 'P', 'B'])[1 + w %% 3],
    CASE WHEN w %% 2 = 0 THEN 0 ELSE 1001 + w END, w * 125, 800 + w %% 9 * 50, 9850 - w, 9000 + w, w %% 12 * 100,
    w %% 5 * 100, w %% 30, w * 3, w * 7, 'HR', 'USER' || w %% 40, 'P3006', 'WS' || w %% 9, PRODDTA.jde_date(moment),
    PRODDTA.jde_time(moment)
FROM generate_series(0, 59) AS w
JOIN PRODDTA.F0006 ON MCMCU = PRODDTA.jde_mcu('W' || lpad(w::text, 3, '0'))
CROSS JOIN LATERAL (SELECT CASE WHEN w > 56 THEN %(now)s::timestamp ELSE PRODDTA.sample_stamp(w, 1000, %(now)s) END AS moment) AS s;

INSERT INTO PRODDTA.F3003 (IRMMCU, IRKIT, IRTRT, IRBQTY, IROPSQ, IROPSC, IRLINE, IREFFF, IREFFT, IRKITL, IRMCU, IRWMCU,
    IRDSC1, IRBFPF, IRTIMB, IRUOM, IRRUNM, IRRUNL, IRSETL, IRMOVD, IRQUED, IRSETC, IROPYP, IRCPYP, IRNXOP, IRVEND,
    IRCOST, IRUSER, IRPID, IRJOBN, IRUPMJ, IRTDAY)
SELECT
    branch, IMITM, CASE WHEN i %% 23 = 0 THEN 'RWK' ELSE 'M' END, CASE WHEN i %% 5 = 0 THEN 100000 ELSE 0 END, k * 1000,
    CASE WHEN i %% 29 = 0 THEN 'A' ELSE '' END, CASE WHEN i %% 31 = 0 THEN PRODDTA.jde_mcu('L1') ELSE '' END,
    CASE WHEN i %% 101 = 0 THEN 0 ELSE 120001 + i %% 300 END, 140366, IMLITM,
    PRODDTA.jde_mcu('W' || lpad((4 * ((IMITM + k) %% 15) + IMITM %% 4)::text, 3, '0')), branch,
    (ARRAY['Drehen', 'Fräsen', 'Grind', 'Inspect'])[1 + i %% 4], (ARRAY['', 'P', 'B'])[1 + i %% 3],
    (ARRAY['', 'U', '1'])[1 + i %% 3], IMUOM1, (i * 13) %% 900, (i * 17) %% 1200, (i * 19) %% 400, i %% 250, i %% 800,
    10 + i %% 30, 10000 - i %% 500, 10000 - i %% 900, CASE WHEN k = 1 THEN 2000 ELSE 0 END,
    CASE WHEN i %% 9 = 0 THEN 1001 + i %% %(addresses)s ELSE 0 END, CASE WHEN i %% 9 = 0 THEN 'D1' ELSE '' END,
    'USER' || i %% 40, 'P3003', 'WS' || i %% 9, PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM PRODDTA.F4101
CROSS JOIN generate_series(1, 2) AS k
CROSS JOIN LATERAL (SELECT (IMITM - 2 + k)::integer AS i, PRODDTA.jde_mcu('M3' || IMITM %% 4) AS branch) AS n
CROSS JOIN LATERAL (SELECT PRODDTA.sample_stamp(i, %(items)s, %(now)s) AS moment) AS s
WHERE IMITM %% 2 = 1;
