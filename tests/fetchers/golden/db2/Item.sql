-- what changed in a window
SELECT IMITM,
       IMLITM,
       IMAITM,
       IMDSC1,
       IMDSC2,
       IMSRTX,
       IMSTKT,
       IMLNTY,
       IMGLPT,
       IMUOM1,
       IMUWUM,
       IMSRP1,
       IMPRP1,
       IMSRCE,
       IMSLD,
       IMBUYR,
       IMANPL,
       IMDRAW,
       IMRVNO,
       IMUSER,
       IMPID,
       IMJOBN,
       IMUPMJ,
       IMTDAY
FROM PRODDTA.F4101
WHERE (IMUPMJ > 126327 OR (IMUPMJ = 126327 AND IMTDAY >= 33005))
  AND (IMUPMJ < 126327 OR (IMUPMJ = 126327 AND IMTDAY < 180000))
FOR READ ONLY;

-- a few rows
SELECT IMITM,
       IMLITM,
       IMAITM,
       IMDSC1,
       IMDSC2,
       IMSRTX,
       IMSTKT,
       IMLNTY,
       IMGLPT,
       IMUOM1,
       IMUWUM,
       IMSRP1,
       IMPRP1,
       IMSRCE,
       IMSLD,
       IMBUYR,
       IMANPL,
       IMDRAW,
       IMRVNO,
       IMUSER,
       IMPID,
       IMJOBN,
       IMUPMJ,
       IMTDAY
FROM PRODDTA.F4101
FETCH FIRST 10 ROWS ONLY
FOR READ ONLY;
