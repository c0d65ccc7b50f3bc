-- what changed in a window
SELECT DRSY,
       DRRT,
       DRKY,
       DRDL01,
       DRDL02,
       DRSPHD,
       DRUDCO,
       DRHRDC,
       DRUSER,
       DRPID,
       DRJOBN,
       DRUPMJ,
       DRUPMT
FROM PRODCTL.F0005
WHERE (DRUPMJ > 126327 OR (DRUPMJ = 126327 AND DRUPMT >= 33005))
  AND (DRUPMJ < 126327 OR (DRUPMJ = 126327 AND DRUPMT < 180000))
FOR READ ONLY;

-- a few rows
SELECT DRSY,
       DRRT,
       DRKY,
       DRDL01,
       DRDL02,
       DRSPHD,
       DRUDCO,
       DRHRDC,
       DRUSER,
       DRPID,
       DRJOBN,
       DRUPMJ,
       DRUPMT
FROM PRODCTL.F0005
FETCH FIRST 10 ROWS ONLY
FOR READ ONLY;
