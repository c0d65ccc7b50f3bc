SELECT
    ABAN8 AS "AddressNumber", pg_temp.expected_text(ABALKY) AS "LongAddressNumber",
    pg_temp.expected_text(ABTAX) AS "TaxId", pg_temp.expected_text(ABALPH) AS "Name",
    pg_temp.expected_text(ABDC) AS "SearchName", pg_temp.expected_text(ABMCU) AS "BusinessUnit",
    pg_temp.expected_text(ABSIC) AS "IndustryCode", pg_temp.expected_text(ABLNGP) AS "Language",
    pg_temp.expected_text(ABAT1) AS "SearchType", pg_temp.expected_text(ABCM) AS "CreditMessage",
    pg_temp.expected_text(ABATP) AS "Payables", pg_temp.expected_text(ABATR) AS "Receivables",
    pg_temp.expected_text(ABATE) AS "Employee", pg_temp.expected_date(ABEFTB) AS "EffectiveDate",
    nullif(ABAN81, 0) AS "ParentNumber", pg_temp.expected_text(ABAC01) AS "Category01",
    pg_temp.expected_text(ABAC02) AS "Category02", pg_temp.expected_text(ABAC03) AS "Category03",
    pg_temp.expected_text(ABRMK) AS "Remark", pg_temp.expected_text(ABUSER) AS "UserId",
    pg_temp.expected_text(ABPID) AS "ProgramId", pg_temp.expected_text(ABJOBN) AS "WorkStation",
    pg_temp.expected_stamp(ABUPMJ, ABUPMT) AS "LastUpdateDT"
FROM PRODDTA.F0101
