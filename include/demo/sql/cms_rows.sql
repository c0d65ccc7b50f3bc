-- Rows of the sample CMS, the same for the same parameters.
INSERT INTO MISDATA
SELECT
    'MIS-' || lpad((i / 8)::text, 6, '0'), chr(65 + i %% 3), i, 'ITM-' || lpad((1 + i %% greatest(1, %(rows)s * 3 / 8))::text, 6, '0'),
    CASE WHEN i %% 9 = 0 THEN NULL ELSE 'M' || 30 + i %% 4 END, (i %% 90) * 10 + 0.25,
    CASE WHEN i %% 11 = 0 THEN '' ELSE 'Durchmesser Ø ' || i %% 300 || ' mm' END, (ARRAY['AQL', '100%%', 'SKIP'])[1 + i %% 3],
    CASE WHEN i %% 6 = 0 THEN NULL ELSE i %% 125 END, CASE WHEN i %% 13 = 0 THEN NULL ELSE -0.000125 * (i %% 800) END,
    0.5 + 0.000001 * (i %% 999999), (ARRAY['mm', 'in', 'um'])[1 + i %% 3], 'GAUGE ' || i %% 60, (ARRAY['RELEASED', 'DRAFT'])[1 + i %% 2],
    i %% 2 = 0, CASE WHEN i %% 2 = 0 THEN NULL ELSE timestamp '2025-06-01' + make_interval(secs => i) END,
    CASE WHEN i > %(rows)s - 20 THEN %(now)s::timestamp
         ELSE timestamp '2026-01-01' - make_interval(secs => i * 53 %% 60000000) + make_interval(secs => 0.001 * (i %% 1000)) END
FROM generate_series(1, %(rows)s) AS i;
