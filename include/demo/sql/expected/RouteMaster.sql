SELECT
    pg_temp.expected_key(IRMMCU) AS "Branch", IRKIT AS "ShortItemNumber", pg_temp.expected_key(IRTRT) AS "RoutingType",
    IRBQTY / 1000 AS "BatchQuantity", IROPSQ / 100 AS "OperationSequence",
    pg_temp.expected_key(IROPSC) AS "OperationType", pg_temp.expected_key(IRLINE) AS "Line",
    IREFFF AS "EffectiveFromKey", pg_temp.expected_text(IRKITL) AS "ItemNumber",
    pg_temp.expected_text(IRMCU) AS "WorkCenter", pg_temp.expected_text(IRWMCU) AS "WorkCenterBranch",
    pg_temp.expected_text(IRDSC1) AS "Description", pg_temp.expected_date(IREFFF) AS "EffectiveFrom",
    pg_temp.expected_date(IREFFT) AS "EffectiveTo", pg_temp.expected_text(IRBFPF) AS "PayPoint",
    pg_temp.expected_text(IRTIMB) AS "TimeBasis", pg_temp.expected_text(IRUOM) AS "UnitOfMeasure",
    IRRUNM / 100 AS "MachineHours", IRRUNL / 100 AS "LaborHours", IRSETL / 100 AS "SetupHours",
    IRMOVD / 100 AS "MoveHours", IRQUED / 100 AS "QueueHours", IRSETC / 10 AS "CrewSize",
    IROPYP / 100 AS "OperationYield", IRCPYP / 100 AS "CumulativeYield", IRNXOP / 100 AS "NextOperation",
    nullif(IRVEND, 0) AS "Supplier", pg_temp.expected_text(IRCOST) AS "CostType",
    pg_temp.expected_text(IRUSER) AS "UserId", pg_temp.expected_text(IRPID) AS "ProgramId",
    pg_temp.expected_text(IRJOBN) AS "WorkStation", pg_temp.expected_stamp(IRUPMJ, IRTDAY) AS "LastUpdateDT"
FROM PRODDTA.F3003
