-- Rows of the sample JD Edwards, the same for the same parameters. A few are awkward on purpose:
-- stamps of zero, stamps in the future, blank text, negative quantities, dates that are not there.
INSERT INTO PRODDTA.F4101
SELECT
    i, rpad('ITM-' || lpad(i::text, 6, '0'), 25), CASE WHEN i %% 5 = 0 THEN repeat(' ', 25) ELSE rpad('CAT ' || i %% 977, 25) END,
    rpad((ARRAY['Pump housing', 'Gear shaft', 'Bearing', 'Seal kit', 'Größe-Ø Flansch', 'Valve body'])[1 + i %% 6] || ' ' || i %% 89, 30),
    CASE WHEN i %% 3 = 0 THEN repeat(' ', 30) ELSE rpad('Rev ' || chr(65 + i %% 26), 30) END,
    (ARRAY['M', 'P', 'S', 'O'])[1 + i %% 4], rpad((ARRAY['S', 'N', 'W'])[1 + i %% 3], 2), rpad('IN' || 10 * (i %% 9), 4),
    rpad((ARRAY['EA', 'KG', 'LB', 'M'])[1 + i %% 4], 2), rpad('USER' || i %% 40, 10), rpad('P4101', 10), rpad('WS' || i %% 9, 10),
    CASE WHEN i %% 499 = 0 THEN 0 WHEN i = 7 THEN 130001
         WHEN i > %(items)s - 20 THEN PRODDTA.jde_date(n.now) ELSE PRODDTA.jde_date(s.moment) END,
    CASE WHEN i %% 499 = 0 THEN 0 WHEN i > %(items)s - 20 THEN PRODDTA.jde_time(n.now) ELSE PRODDTA.jde_time(s.moment) END
FROM generate_series(1, %(items)s) AS i
CROSS JOIN (SELECT %(now)s::timestamp AS now) AS n
CROSS JOIN LATERAL (SELECT timestamp '2026-01-01' - make_interval(mins => i * 37 %% 500000) AS moment) AS s;

INSERT INTO PRODDTA.F4801
SELECT
    i, (ARRAY['WO', 'WM', 'WR'])[1 + i %% 3], rpad('Make ' || i %% 997 || CASE WHEN i %% 50 = 0 THEN ' ''rush''; 100%%' ELSE '' END, 30),
    lpad((ARRAY['M30', 'D30', '200'])[1 + i %% 3], 12), lpad('M' || 30 + i %% 4, 12), item, rpad('ITM-' || lpad(item::text, 6, '0'), 25),
    CASE WHEN i %% 5 = 0 THEN repeat(' ', 25) ELSE rpad('CAT ' || item %% 977, 25) END,
    CASE WHEN i %% 4 = 0 THEN repeat(' ', 30) ELSE rpad('LOT' || i %% 9973, 30) END, rpad('EA', 2),
    (i %% 7919) * 1000 + i %% 1000, CASE WHEN i %% 97 = 0 THEN -1500 ELSE (i %% 7919) * 500 END,
    PRODDTA.jde_date(s.moment), PRODDTA.jde_date(s.moment + interval '2 days'), PRODDTA.jde_date(s.moment + interval '9 days'),
    CASE WHEN i %% 3 = 0 THEN 0 ELSE PRODDTA.jde_date(s.moment + interval '8 days') END,
    (ARRAY['10', '40', '90', '99'])[1 + i %% 4], (i %% 9)::text, rpad('USER' || i %% 40, 10), rpad('P48013', 10), rpad('WS' || i %% 9, 10),
    CASE WHEN i %% 1999 = 0 THEN 0 WHEN i = 11 THEN 130001 WHEN i > %(orders)s - 20 THEN PRODDTA.jde_date(n.now) ELSE PRODDTA.jde_date(s.moment) END,
    CASE WHEN i %% 1999 = 0 THEN 0 WHEN i > %(orders)s - 20 THEN PRODDTA.jde_time(n.now) ELSE PRODDTA.jde_time(s.moment) END
FROM generate_series(1, %(orders)s) AS i
CROSS JOIN LATERAL (SELECT 1 + i * 13 %% %(items)s AS item, timestamp '2026-01-01' - make_interval(secs => i * 211 %% 90000000) AS moment) AS s
CROSS JOIN (SELECT %(now)s::timestamp AS now) AS n;

INSERT INTO PRODDTA.F4111
SELECT
    i, item, rpad('ITM-' || lpad(item::text, 6, '0'), 25), lpad('M' || 30 + i %% 4, 12),
    CASE WHEN i %% 6 = 0 THEN repeat(' ', 20) ELSE rpad('A.' || i %% 40 || '.1', 20) END, rpad('LOT' || i %% 9973, 30),
    (ARRAY['IM', 'IC', 'OV', 'RI'])[1 + i %% 4], i %% 900000, 'WO', CASE WHEN i %% 8 = 0 THEN 0 ELSE 1 + i %% %(orders)s END,
    PRODDTA.jde_date(s.moment), CASE WHEN i %% 2 = 0 THEN -1 ELSE 1 END * ((i * 31) %% 900000), rpad('EA', 2),
    (i * 17) %% 4000000, CASE WHEN i %% 2 = 0 THEN -1 ELSE 1 END * ((i * 29) %% 90000000),
    CASE WHEN i %% 7 = 0 THEN repeat(' ', 30) ELSE rpad('Issue ' || i %% 1000, 30) END, rpad('USER' || i %% 40, 10), rpad('P31113', 10),
    CASE WHEN i > %(movements)s - 20 THEN PRODDTA.jde_date(n.now) ELSE PRODDTA.jde_date(s.moment) END,
    CASE WHEN i > %(movements)s - 20 THEN PRODDTA.jde_time(n.now) ELSE PRODDTA.jde_time(s.moment) END
FROM generate_series(1, %(movements)s) AS i
CROSS JOIN (SELECT %(now)s::timestamp AS now) AS n
CROSS JOIN LATERAL (SELECT 1 + i * 17 %% %(items)s AS item, timestamp '2026-01-01' - make_interval(secs => (%(movements)s - i) * 61) AS moment) AS s;
