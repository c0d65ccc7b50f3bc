SELECT
    WLDOCO AS "OrderNumber", WLOPSQ / 100 AS "OperationSequence", pg_temp.expected_key(WLOPSC) AS "OperationType",
    pg_temp.expected_key(WLMCU) AS "WorkCenter", pg_temp.expected_text(WLDCTO) AS "OrderType",
    pg_temp.expected_text(WLTRT) AS "RoutingType", nullif(WLKIT, 0) AS "ShortItemNumber",
    pg_temp.expected_text(WLKITL) AS "ItemNumber", pg_temp.expected_text(WLMMCU) AS "Branch",
    pg_temp.expected_text(WLDSC1) AS "Description", pg_temp.expected_text(WLOPST) AS "OperationStatus",
    pg_temp.expected_text(WLTIMB) AS "TimeBasis", pg_temp.expected_text(WLBFPF) AS "PayPoint",
    pg_temp.expected_date(WLTRDJ) AS "OrderDate", pg_temp.expected_date(WLSTRT) AS "StartDate",
    pg_temp.expected_date(WLDRQJ) AS "RequestedDate", pg_temp.expected_date(WLSTRX) AS "CompletionDate",
    WLSETC / 10 AS "CrewSize", WLMOVD / 100 AS "MoveHours", WLQUED / 100 AS "QueueHours",
    WLRUNM / 100 AS "MachineHours", WLRUNL / 100 AS "LaborHours", WLSETL / 100 AS "SetupHours",
    WLMACA / 100 AS "ActualMachineHours", WLLABA / 100 AS "ActualLaborHours", WLSETA / 100 AS "ActualSetupHours",
    WLUORG / 1000 AS "QuantityOrdered", WLSOQS / 1000 AS "QuantityCompleted", WLSOCN / 1000 AS "QuantityScrapped",
    WLQMTO / 1000 AS "QuantityAtOperation", pg_temp.expected_text(WLUOM) AS "UnitOfMeasure",
    nullif(WLVEND, 0) AS "Supplier", pg_temp.expected_text(WLUSER) AS "UserId",
    pg_temp.expected_text(WLPID) AS "ProgramId", pg_temp.expected_text(WLJOBN) AS "WorkStation",
    pg_temp.expected_stamp(WLUPMJ, WLTDAY) AS "LastUpdateDT"
FROM PRODDTA.F3112
