-- what changed in a window
SELECT ILUKID,
       ILITM,
       ILLITM,
       ILAITM,
       ILMCU,
       ILLOCN,
       ILLOTN,
       ILLOTS,
       ILDCT,
       ILDOC,
       ILKCO,
       ILDCTO,
       ILDOCO,
       ILTRDJ,
       ILDGL,
       ILTRQT,
       ILTRUM,
       ILUNCS,
       ILPAID,
       ILFRTO,
       ILRCD,
       ILTREX,
       ILAN8,
       ILUSER,
       ILPID,
       ILCRDJ,
       ILTDAY
FROM PRODDTA.F4111
WHERE (ILCRDJ > 126327 OR (ILCRDJ = 126327 AND ILTDAY >= 33005))
  AND (ILCRDJ < 126327 OR (ILCRDJ = 126327 AND ILTDAY < 180000))
FOR READ ONLY;

-- a few rows
SELECT ILUKID,
       ILITM,
       ILLITM,
       ILAITM,
       ILMCU,
       ILLOCN,
       ILLOTN,
       ILLOTS,
       ILDCT,
       ILDOC,
       ILKCO,
       ILDCTO,
       ILDOCO,
       ILTRDJ,
       ILDGL,
       ILTRQT,
       ILTRUM,
       ILUNCS,
       ILPAID,
       ILFRTO,
       ILRCD,
       ILTREX,
       ILAN8,
       ILUSER,
       ILPID,
       ILCRDJ,
       ILTDAY
FROM PRODDTA.F4111
FETCH FIRST 10 ROWS ONLY
FOR READ ONLY;
