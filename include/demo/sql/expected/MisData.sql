SELECT
    MIS_NUMBER AS "MisNumber", REVISION AS "Revision", CHAR_NUMBER AS "CharacteristicNumber",
    ITEM_NUMBER AS "ItemNumber", BRANCH AS "Branch", OPERATION_SEQ AS "OperationSequence", DESCRIPTION AS "Description",
    SAMPLING_TYPE AS "SamplingType", SAMPLE_SIZE AS "SampleSize", LOWER_LIMIT AS "LowerLimit",
    UPPER_LIMIT AS "UpperLimit", UNIT AS "UnitOfMeasure", GAUGE AS "Gauge", STATUS AS "Status", IS_ACTIVE AS "IsActive",
    RELEASED_AT AT TIME ZONE 'UTC' AS "ReleasedDT", LAST_UPDATED AT TIME ZONE 'UTC' AS "LastUpdateDT"
FROM MISDATA
