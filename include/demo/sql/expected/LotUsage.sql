SELECT
    ILUKID AS "LedgerId", nullif(ILITM, 0) AS "ShortItemNumber", pg_temp.expected_text(ILLITM) AS "ItemNumber",
    pg_temp.expected_text(ILAITM) AS "CatalogNumber", pg_temp.expected_text(ILMCU) AS "Branch",
    pg_temp.expected_text(ILLOCN) AS "Location", pg_temp.expected_text(ILLOTN) AS "LotNumber",
    pg_temp.expected_text(ILLOTS) AS "LotStatus", pg_temp.expected_text(ILDCT) AS "DocumentType",
    nullif(ILDOC, 0) AS "DocumentNumber", pg_temp.expected_text(ILKCO) AS "DocumentCompany",
    pg_temp.expected_text(ILDCTO) AS "OrderType", nullif(ILDOCO, 0) AS "OrderNumber",
    pg_temp.expected_date(ILTRDJ) AS "TransactionDate", pg_temp.expected_date(ILDGL) AS "GlDate",
    ILTRQT / 1000 AS "Quantity", pg_temp.expected_text(ILTRUM) AS "UnitOfMeasure", ILUNCS / 10000 AS "UnitCost",
    ILPAID / 100 AS "ExtendedCost", pg_temp.expected_text(ILFRTO) AS "FromTo",
    pg_temp.expected_text(ILRCD) AS "ReasonCode", pg_temp.expected_text(ILTREX) AS "Explanation",
    nullif(ILAN8, 0) AS "AddressNumber", pg_temp.expected_text(ILUSER) AS "UserId",
    pg_temp.expected_text(ILPID) AS "ProgramId", pg_temp.expected_stamp(ILCRDJ, ILTDAY) AS "LastUpdateDT"
FROM PRODDTA.F4111
