-- Rows of the stock tables. Every item has two of the four branches; lot i comes from work order i; a
-- movement belongs to an order, its item and its lot.
INSERT INTO PRODDTA.F4101 (IMITM, IMLITM, IMAITM, IMDSC1, IMDSC2, IMSRTX, IMSTKT, IMLNTY, IMGLPT, IMUOM1, IMUWUM,
    IMSRP1, IMPRP1, IMSRCE, IMSLD, IMBUYR, IMANPL, IMDRAW, IMRVNO, IMUSER, IMPID, IMJOBN, IMUPMJ, IMTDAY)
SELECT
    i, 'ITM-' || lpad(i::text, 6, '0'), CASE WHEN i %% 5 = 0 THEN '' ELSE 'CAT ' || i %% 977 END, name,
    CASE WHEN i %% 3 = 0 THEN '' ELSE 'Rev ' || chr(65 + i %% 26) END, upper(name),
    (ARRAY['M', 'P', 'S', 'O'])[1 + i %% 4], (ARRAY['S', 'N', 'W'])[1 + i %% 3], 'IN' || 10 * (i %% 9),
    (ARRAY['EA', 'KG', 'LB', 'M'])[1 + i %% 4], CASE WHEN i %% 2 = 0 THEN 'KG' ELSE '' END,
    lpad((i %% 200)::text, 3, '0'), '', (i %% 3)::text, CASE WHEN i %% 4 = 0 THEN 0 ELSE i %% 720 END,
    CASE WHEN i %% 6 = 0 THEN 0 ELSE 1001 + i %% %(addresses)s END,
    CASE WHEN i %% 8 = 0 THEN 0 ELSE 1001 + i * 3 %% %(addresses)s END,
    CASE WHEN i %% 10 = 0 THEN '' ELSE 'DRW-' || i END, CASE WHEN i %% 10 = 0 THEN '' ELSE chr(65 + i %% 8) END,
    'USER' || i %% 40, 'P4101', 'WS' || i %% 9, PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM generate_series(1, %(items)s) AS i
CROSS JOIN LATERAL (
    SELECT
        (ARRAY['Pump housing', 'Gear shaft', 'Bearing', 'Seal kit', 'Größe-Ø Flansch', 'Valve body'])[1 + i %% 6]
            || ' ' || i %% 89 AS name,
        PRODDTA.sample_stamp(i, %(items)s, %(now)s) AS moment) AS s;

INSERT INTO PRODDTA.F4102 (IBMCU, IBITM, IBLITM, IBAITM, IBSTKT, IBLNTY, IBGLPT, IBSRP1, IBPRP1, IBVEND, IBBUYR, IBANPL,
    IBROPI, IBROQI, IBRQMX, IBRQMN, IBMULT, IBSAFE, IBLTLV, IBLTMF, IBLTCM, IBOPC, IBMPST, IBMTF1, IBSRCE, IBSLD,
    IBLOTS, IBABCI, IBQUED, IBSETL, IBUSER, IBPID, IBJOBN, IBUPMJ, IBTDAY)
SELECT
    PRODDTA.jde_mcu('M3' || (IMITM + side) %% 4), IMITM, IMLITM, IMAITM, IMSTKT, IMLNTY, IMGLPT, IMSRP1, IMPRP1,
    CASE WHEN i %% 3 = 0 THEN 0 ELSE 1001 + i * 4 %% %(addresses)s END, IMBUYR, IMANPL, (i * 37) %% 900000,
    (i * 41) %% 900000, (i * 43) %% 9000000, (i * 47) %% 90000, CASE WHEN i %% 2 = 0 THEN 0 ELSE 12500 END,
    CASE WHEN i %% 17 = 0 THEN -250 ELSE (i * 53) %% 400000 END, i %% 30, i %% 25, i %% 200, (i %% 6)::text,
    (i %% 5)::text, i %% 90, IMSRCE, IMSLD, (ARRAY['', 'H', 'Q'])[1 + i %% 3], (ARRAY['A', 'B', 'C'])[1 + i %% 3],
    (i * 7) %% 2400, (i * 11) %% 800, 'USER' || i %% 40, 'P41026', 'WS' || i %% 9, PRODDTA.jde_date(moment),
    PRODDTA.jde_time(moment)
FROM (SELECT (2 * IMITM - 1 + side)::bigint AS i, * FROM PRODDTA.F4101 CROSS JOIN generate_series(0, 1) AS side) AS u
CROSS JOIN LATERAL (SELECT PRODDTA.sample_stamp(i, 2 * %(items)s, %(now)s) AS moment) AS s;

INSERT INTO PRODDTA.F4108 (IOLOTN, IOITM, IOMCU, IOLITM, IOAITM, IOLDSC, IOLOTS, IOVEND, IOKCOO, IODOCO, IODCTO, IORLOT,
    IOLOTP, IOLOTG, IOMMEJ, IOSBDJ, IOBBDJ, IOBODJ, IOOHDJ, IODLEJ, IOSERN, IOLOT1, IOLOT2, IOUSER, IOPID, IOJOBN,
    IOUPMJ, IOTDAY)
SELECT
    'LOT' || lpad(i::text, 8, '0'), IMITM, PRODDTA.jde_mcu('M3' || PRODDTA.sample_branch(item, i)), IMLITM, IMAITM,
    'Charge ' || i %% 997, (ARRAY['', 'H', 'Q'])[1 + i %% 3],
    CASE WHEN i %% 3 = 0 THEN 1001 + i %% %(addresses)s ELSE 0 END, '00001', i, 'WO',
    CASE WHEN i %% 3 = 0 THEN 'SUP/' || i %% 99991 ELSE '' END, CASE WHEN i %% 7 = 0 THEN 0 ELSE 95000 + i %% 5001 END,
    (ARRAY['', 'A1', 'B2'])[1 + i %% 3],
    CASE WHEN i %% 4 = 0 THEN 0 ELSE PRODDTA.jde_date(born + interval '720 days') END,
    CASE WHEN i %% 4 = 0 THEN 0 ELSE PRODDTA.jde_date(born + interval '700 days') END, 0, PRODDTA.jde_date(born),
    PRODDTA.jde_date(born + interval '1 day'), PRODDTA.jde_date(born + interval '2 days'),
    CASE WHEN i %% 20 = 0 THEN 'SN' || i ELSE '' END, CASE WHEN i %% 5 = 0 THEN 'geprüft: 77%%' ELSE '' END, '',
    'USER' || i %% 40, 'P4108', 'WS' || i %% 9, PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM generate_series(1, %(lots)s) AS i
CROSS JOIN LATERAL (
    SELECT
        1 + (i - 1) %% %(items)s AS item, timestamp '2025-12-31' - make_interval(days => i %% 900) AS born,
        PRODDTA.sample_stamp(i, %(lots)s, %(now)s) AS moment) AS s
JOIN PRODDTA.F4101 ON IMITM = item;

INSERT INTO PRODDTA.F4111 (ILUKID, ILITM, ILLITM, ILAITM, ILMCU, ILLOCN, ILLOTN, ILLOTS, ILDCT, ILDOC, ILKCO, ILDCTO,
    ILDOCO, ILTRDJ, ILDGL, ILTRQT, ILTRUM, ILUNCS, ILPAID, ILFRTO, ILRCD, ILTREX, ILAN8, ILUSER, ILPID, ILCRDJ, ILTDAY)
SELECT
    i, IMITM, IMLITM, IMAITM, PRODDTA.jde_mcu('M3' || PRODDTA.sample_branch(item, o)),
    CASE WHEN i %% 6 = 0 THEN '' ELSE 'A.' || i %% 40 || '.1' END,
    CASE WHEN o <= %(lots)s THEN 'LOT' || lpad(o::text, 8, '0') ELSE '' END, (ARRAY['', 'H', 'Q'])[1 + i %% 3],
    (ARRAY['IM', 'IC', 'OV', 'RI'])[1 + i %% 4], i %% 900000, '00001', CASE WHEN i %% 8 = 0 THEN '' ELSE 'WO' END,
    CASE WHEN i %% 8 = 0 THEN 0 ELSE o END, PRODDTA.jde_date(moment),
    CASE WHEN i %% 13 = 0 THEN 0 ELSE PRODDTA.jde_date(moment) END,
    CASE WHEN i %% 2 = 0 THEN -1 ELSE 1 END * ((i * 31) %% 900000), IMUOM1, (i * 17) %% 4000000,
    CASE WHEN i %% 2 = 0 THEN -1 ELSE 1 END * ((i * 29) %% 90000000), CASE WHEN i %% 2 = 0 THEN 'F' ELSE '' END,
    CASE WHEN i %% 30 = 0 THEN 'ADJ' ELSE '' END, CASE WHEN i %% 7 = 0 THEN '' ELSE 'Issue ' || i %% 1000 END,
    CASE WHEN i %% 4 = 0 THEN 1001 + i %% %(addresses)s ELSE 0 END, 'USER' || i %% 40, 'P31113',
    PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM generate_series(1, %(movements)s) AS i
CROSS JOIN LATERAL (SELECT 1 + i * 7 %% %(orders)s AS o) AS w
CROSS JOIN LATERAL (
    -- The ledger is written in order of time, and always with a stamp.
    SELECT
        1 + (o - 1) %% %(items)s AS item,
        CASE WHEN i > %(movements)s - 20 THEN %(now)s::timestamp
             ELSE (timestamptz '2026-01-01 00:00:00+00' - make_interval(secs => (%(movements)s - i) * 61))
                 AT TIME ZONE 'America/Denver' END AS moment) AS s
JOIN PRODDTA.F4101 ON IMITM = item;
