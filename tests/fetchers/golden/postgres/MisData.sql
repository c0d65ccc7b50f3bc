-- what changed in a window
-- parameter: 2026-11-23 03:30:05.000000
-- parameter: 2026-11-23 18:00:00.000000
SELECT MIS_NUMBER,
       REVISION,
       CHAR_NUMBER,
       ITEM_NUMBER,
       BRANCH,
       OPERATION_SEQ,
       DESCRIPTION,
       SAMPLING_TYPE,
       SAMPLE_SIZE,
       LOWER_LIMIT,
       UPPER_LIMIT,
       UNIT,
       GAUGE,
       STATUS,
       IS_ACTIVE,
       RELEASED_AT,
       LAST_UPDATED
FROM PRODDTA.MISDATA
WHERE LAST_UPDATED >= CAST(? AS timestamp)
  AND LAST_UPDATED < CAST(? AS timestamp);

-- a few rows
SELECT MIS_NUMBER,
       REVISION,
       CHAR_NUMBER,
       ITEM_NUMBER,
       BRANCH,
       OPERATION_SEQ,
       DESCRIPTION,
       SAMPLING_TYPE,
       SAMPLE_SIZE,
       LOWER_LIMIT,
       UPPER_LIMIT,
       UNIT,
       GAUGE,
       STATUS,
       IS_ACTIVE,
       RELEASED_AT,
       LAST_UPDATED
FROM PRODDTA.MISDATA
LIMIT 10;
