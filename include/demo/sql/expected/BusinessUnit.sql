SELECT
    pg_temp.expected_key(MCMCU) AS "BusinessUnit", pg_temp.expected_text(MCSTYL) AS "BusinessUnitType",
    pg_temp.expected_text(MCDL01) AS "Name", pg_temp.expected_text(MCDL02) AS "Description2",
    pg_temp.expected_text(MCDC) AS "SearchName", pg_temp.expected_text(MCLDM) AS "LevelOfDetail",
    pg_temp.expected_text(MCCO) AS "Company", nullif(MCAN8, 0) AS "AddressNumber",
    pg_temp.expected_text(MCADDS) AS "State", pg_temp.expected_text(MCRP01) AS "Division",
    pg_temp.expected_text(MCRP02) AS "Region", pg_temp.expected_text(MCRP03) AS "Group",
    pg_temp.expected_text(MCRP04) AS "BranchOffice", pg_temp.expected_text(MCRP21) AS "Category21",
    pg_temp.expected_text(MCPECC) AS "PostingEdit", pg_temp.expected_text(MCMCUS) AS "RelatedBusinessUnit",
    pg_temp.expected_date(MCD1J) AS "PlannedStart", pg_temp.expected_date(MCD2J) AS "PlannedEnd",
    pg_temp.expected_text(MCUSER) AS "UserId", pg_temp.expected_text(MCPID) AS "ProgramId",
    pg_temp.expected_text(MCJOBN) AS "WorkStation", pg_temp.expected_stamp(MCUPMJ, MCUPMT) AS "LastUpdateDT"
FROM PRODDTA.F0006
