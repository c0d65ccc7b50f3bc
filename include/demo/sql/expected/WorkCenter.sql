SELECT
    pg_temp.expected_key(IWMMCU) AS "Branch", pg_temp.expected_key(IWMCU) AS "WorkCenter",
    pg_temp.expected_text(IWMCUW) AS "DispatchGroup", pg_temp.expected_text(IWLOCN) AS "Location",
    pg_temp.expected_text(IWCRTW) AS "CriticalWorkCenter", pg_temp.expected_text(IWPILC) AS "PrimeLoadCode",
    pg_temp.expected_text(IWBFPF) AS "PayPoint", nullif(IWAN8, 0) AS "AddressNumber", IWAVRT / 100 AS "AverageRate",
    IWWRHR / 100 AS "HoursPerDay", IWWORE / 100 AS "Efficiency", IWWORU / 100 AS "Utilization",
    IWQMAD / 100 AS "Employees", IWNOMA / 100 AS "Machines", IWSETC / 10 AS "CrewSize", IWMOVD / 100 AS "MoveHours",
    IWQUED / 100 AS "QueueHours", pg_temp.expected_text(IWCAPU) AS "CapacityUnit",
    pg_temp.expected_text(IWUSER) AS "UserId", pg_temp.expected_text(IWPID) AS "ProgramId",
    pg_temp.expected_text(IWJOBN) AS "WorkStation", pg_temp.expected_stamp(IWUPMJ, IWTDAY) AS "LastUpdateDT"
FROM PRODDTA.F30006
