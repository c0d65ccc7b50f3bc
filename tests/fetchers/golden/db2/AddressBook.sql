-- what changed in a window
SELECT ABAN8,
       ABALKY,
       ABTAX,
       ABALPH,
       ABDC,
       ABMCU,
       ABSIC,
       ABLNGP,
       ABAT1,
       ABCM,
       ABATP,
       ABATR,
       ABATE,
       ABEFTB,
       ABAN81,
       ABAC01,
       ABAC02,
       ABAC03,
       ABRMK,
       ABUSER,
       ABPID,
       ABJOBN,
       ABUPMJ,
       ABUPMT
FROM PRODDTA.F0101
WHERE (ABUPMJ > 126327 OR (ABUPMJ = 126327 AND ABUPMT >= 33005))
  AND (ABUPMJ < 126327 OR (ABUPMJ = 126327 AND ABUPMT < 180000))
FOR READ ONLY;

-- a few rows
SELECT ABAN8,
       ABALKY,
       ABTAX,
       ABALPH,
       ABDC,
       ABMCU,
       ABSIC,
       ABLNGP,
       ABAT1,
       ABCM,
       ABATP,
       ABATR,
       ABATE,
       ABEFTB,
       ABAN81,
       ABAC01,
       ABAC02,
       ABAC03,
       ABRMK,
       ABUSER,
       ABPID,
       ABJOBN,
       ABUPMJ,
       ABUPMT
FROM PRODDTA.F0101
FETCH FIRST 10 ROWS ONLY
FOR READ ONLY;
