SELECT
    pg_temp.expected_key(DRSY) AS "ProductCode", pg_temp.expected_key(DRRT) AS "CodeType",
    pg_temp.expected_key(DRKY) AS "Code", pg_temp.expected_text(DRDL01) AS "Description",
    pg_temp.expected_text(DRDL02) AS "Description2", pg_temp.expected_text(DRSPHD) AS "SpecialHandling",
    pg_temp.expected_text(DRUDCO) AS "OwnedByUser", pg_temp.expected_text(DRHRDC) AS "HardCoded",
    pg_temp.expected_text(DRUSER) AS "UserId", pg_temp.expected_text(DRPID) AS "ProgramId",
    pg_temp.expected_text(DRJOBN) AS "WorkStation", pg_temp.expected_stamp(DRUPMJ, DRUPMT) AS "LastUpdateDT"
FROM PRODCTL.F0005
