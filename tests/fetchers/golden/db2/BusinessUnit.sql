-- what changed in a window
SELECT MCMCU,
       MCSTYL,
       MCDL01,
       MCDL02,
       MCDC,
       MCLDM,
       MCCO,
       MCAN8,
       MCADDS,
       MCRP01,
       MCRP02,
       MCRP03,
       MCRP04,
       MCRP21,
       MCPECC,
       MCMCUS,
       MCD1J,
       MCD2J,
       MCUSER,
       MCPID,
       MCJOBN,
       MCUPMJ,
       MCUPMT
FROM PRODDTA.F0006
WHERE (MCUPMJ > 126327 OR (MCUPMJ = 126327 AND MCUPMT >= 33005))
  AND (MCUPMJ < 126327 OR (MCUPMJ = 126327 AND MCUPMT < 180000))
FOR READ ONLY;

-- a few rows
SELECT MCMCU,
       MCSTYL,
       MCDL01,
       MCDL02,
       MCDC,
       MCLDM,
       MCCO,
       MCAN8,
       MCADDS,
       MCRP01,
       MCRP02,
       MCRP03,
       MCRP04,
       MCRP21,
       MCPECC,
       MCMCUS,
       MCD1J,
       MCD2J,
       MCUSER,
       MCPID,
       MCJOBN,
       MCUPMJ,
       MCUPMT
FROM PRODDTA.F0006
FETCH FIRST 10 ROWS ONLY
FOR READ ONLY;
