-- what changed in a window
SELECT IWMMCU,
       IWMCU,
       IWMCUW,
       IWLOCN,
       IWCRTW,
       IWPILC,
       IWBFPF,
       IWAN8,
       IWAVRT,
       IWWRHR,
       IWWORE,
       IWWORU,
       IWQMAD,
       IWNOMA,
       IWSETC,
       IWMOVD,
       IWQUED,
       IWCAPU,
       IWUSER,
       IWPID,
       IWJOBN,
       IWUPMJ,
       IWTDAY
FROM PRODDTA.F30006
WHERE (IWUPMJ > 126327 OR (IWUPMJ = 126327 AND IWTDAY >= 33005))
  AND (IWUPMJ < 126327 OR (IWUPMJ = 126327 AND IWTDAY < 180000));

-- a few rows
SELECT IWMMCU,
       IWMCU,
       IWMCUW,
       IWLOCN,
       IWCRTW,
       IWPILC,
       IWBFPF,
       IWAN8,
       IWAVRT,
       IWWRHR,
       IWWORE,
       IWWORU,
       IWQMAD,
       IWNOMA,
       IWSETC,
       IWMOVD,
       IWQUED,
       IWCAPU,
       IWUSER,
       IWPID,
       IWJOBN,
       IWUPMJ,
       IWTDAY
FROM PRODDTA.F30006
FETCH FIRST 10 ROWS ONLY;
