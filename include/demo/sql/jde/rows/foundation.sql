-- Rows of the shared tables: 4 branches, 60 work centres and 36 cost centres; parties; code lists.
INSERT INTO PRODDTA.F0006 (MCMCU, MCSTYL, MCDL01, MCDL02, MCDC, MCLDM, MCCO, MCAN8, MCADDS, MCRP01, MCRP02, MCRP03,
    MCRP04, MCRP21, MCPECC, MCMCUS, MCD1J, MCD2J, MCUSER, MCPID, MCJOBN, MCUPMJ, MCUPMT)
SELECT
    PRODDTA.jde_mcu(code), style, name, CASE WHEN i %% 3 = 0 THEN '' ELSE 'Site ' || i %% 7 END,
    upper(replace(name, ' ', '')), (3 + i %% 7)::text, lpad((i %% 3)::text, 5, '0'),
    CASE WHEN i %% 4 = 0 THEN 0 ELSE 1001 + i END, CASE WHEN i %% 5 = 0 THEN '' ELSE 'CO' END,
    lpad((i %% 9)::text, 3, '0'), CASE WHEN i %% 2 = 0 THEN '' ELSE 'WST' END, '', '',
    CASE WHEN i %% 6 = 0 THEN 'LEAN' ELSE '' END, CASE WHEN i %% 11 = 0 THEN 'N' ELSE '' END,
    CASE WHEN style = 'WC' THEN PRODDTA.jde_mcu('M3' || i %% 4) ELSE '' END,
    CASE WHEN style = 'JB' THEN 125001 ELSE 0 END, CASE WHEN style = 'JB' THEN 126365 ELSE 0 END, 'USER' || i %% 40,
    'P0006', 'WS' || i %% 9, PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM (
    SELECT i, 'M3' || i AS code, 'BP' AS style, 'Plant ' || i AS name FROM generate_series(0, 3) AS i
    UNION ALL
    SELECT 4 + w, 'W' || lpad(w::text, 3, '0'), 'WC', 'Work centre ' || w FROM generate_series(0, 59) AS w
    UNION ALL
    SELECT 64 + c, 'C' || lpad(c::text, 3, '0'), (ARRAY['CC', 'JB'])[1 + c %% 2], 'Kostenstelle Ü' || c FROM generate_series(0, 35) AS c) AS u
CROSS JOIN LATERAL (SELECT PRODDTA.sample_stamp(i, 100, %(now)s) AS moment) AS s;

INSERT INTO PRODDTA.F0101 (ABAN8, ABALKY, ABTAX, ABALPH, ABDC, ABMCU, ABSIC, ABLNGP, ABAT1, ABCM, ABATP, ABATR, ABATE,
    ABEFTB, ABAN81, ABAC01, ABAC02, ABAC03, ABRMK, ABUSER, ABPID, ABJOBN, ABUPMJ, ABUPMT)
SELECT
    1000 + i, CASE WHEN i %% 4 = 0 THEN 'EXT-' || i ELSE '' END,
    CASE WHEN i %% 3 = 0 THEN '' ELSE lpad((i * 7919)::text, 9, '0') END, name, upper(replace(name, ' ', '')),
    PRODDTA.jde_mcu(CASE WHEN i %% 2 = 0 THEN 'M3' || i %% 4 ELSE 'C' || lpad((i %% 36)::text, 3, '0') END),
    CASE WHEN i %% 6 = 0 THEN '3559' ELSE '' END, (ARRAY['', 'E', 'G', 'F'])[1 + i %% 4], kind,
    CASE WHEN i %% 50 = 0 THEN '1' ELSE '' END, CASE kind WHEN 'V' THEN 'Y' ELSE 'N' END,
    CASE kind WHEN 'C' THEN 'Y' ELSE 'N' END, CASE kind WHEN 'E' THEN 'Y' ELSE 'N' END,
    CASE WHEN i %% 5 = 0 THEN 0 ELSE PRODDTA.jde_date(timestamp '2015-01-01' + make_interval(days => i %% 3000)) END,
    CASE WHEN i > 10 AND i %% 10 = 0 THEN 1000 + i / 10 ELSE 0 END, lpad((i %% 40)::text, 3, '0'),
    CASE WHEN i %% 2 = 0 THEN 'A' ELSE '' END, '', CASE WHEN i %% 9 = 0 THEN 'Don''t call; 100%% e-mail' ELSE '' END,
    'USER' || i %% 40, 'P01012', 'WS' || i %% 9, PRODDTA.jde_date(moment), PRODDTA.jde_time(moment)
FROM generate_series(1, %(addresses)s) AS i
CROSS JOIN LATERAL (SELECT (ARRAY['V', 'C', 'E', 'O'])[1 + i %% 4] AS kind, PRODDTA.sample_stamp(i, %(addresses)s, %(now)s) AS moment) AS k
CROSS JOIN LATERAL (SELECT (ARRAY['Bolt & Nut Supply', 'Müller Söhne GmbH', 'Acme Tooling', 'Jane Doe'])[1 + i %% 4] || ' ' || i AS name) AS n;

-- A code list begins with a blank value, which is a key like any other. Most values came with the software and carry no stamp.
INSERT INTO PRODCTL.F0005 (DRSY, DRRT, DRKY, DRDL01, DRDL02, DRSPHD, DRUDCO, DRHRDC, DRUSER, DRPID, DRJOBN, DRUPMJ,
    DRUPMT)
SELECT
    system, list, lpad(code, 10), CASE WHEN code = '' THEN '.' ELSE 'Code ' || code END,
    CASE WHEN i %% 3 = 0 THEN 'von Hand geprüft' ELSE '' END,
    CASE WHEN i %% 7 = 0 THEN lpad((i %% 10)::text, 10) ELSE '' END, CASE WHEN i %% 5 = 0 THEN 'Y' ELSE '' END,
    CASE WHEN i %% 2 = 0 THEN 'Y' ELSE 'N' END, 'USER' || i %% 40, 'P0004A', 'WS' || i %% 9, PRODDTA.jde_date(moment),
    PRODDTA.jde_time(moment)
FROM (
    SELECT row_number() OVER (ORDER BY system, list, code) AS i, count(*) OVER () AS n, system, list, code
    FROM (VALUES
        ('00', 'UM', ARRAY['', 'EA', 'KG', 'LB', 'M', 'HR']), ('00', 'DT', ARRAY['', 'WO', 'WM', 'WR', 'IM', 'IC', 'OV', 'RI']),
        ('00', 'SS', ARRAY['', '10', '40', '90', '95', '99']), ('00', 'MC', ARRAY['', 'BP', 'WC', 'CC', 'JB']),
        ('01', 'ST', ARRAY['', 'V', 'C', 'E', 'O']), ('41', 'I', ARRAY['', 'M', 'P', 'S', 'O']), ('41', 'L', ARRAY['', 'H', 'Q']),
        ('41', '9', (SELECT array_agg('IN' || 10 * g) || ARRAY[''] FROM generate_series(0, 8) AS g)),
        ('41', 'S1', (SELECT array_agg(lpad(g::text, 3, '0')) || ARRAY[''] FROM generate_series(0, 199) AS g)),
        ('40', 'TB', ARRAY['', 'M', 'RWK']), ('40', 'TR', ARRAY['', 'M', 'RWK']), ('40', 'LG', ARRAY['', 'A1', 'B2']),
        ('31', 'OS', ARRAY['', '10', '20', '40']), ('31', 'MS', ARRAY['', '10', '20'])
    ) AS lists (system, list, codes), unnest(codes) AS code) AS u
CROSS JOIN LATERAL (
    SELECT CASE WHEN i > n - 5 THEN %(now)s::timestamp WHEN i %% 3 = 0 THEN PRODDTA.sample_stamp(i, 1000, %(now)s) END AS moment) AS s;
