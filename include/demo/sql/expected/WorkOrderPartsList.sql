SELECT
    WMUKID AS "PartsListId", WMDOCO AS "OrderNumber", pg_temp.expected_text(WMDCTO) AS "OrderType",
    pg_temp.expected_text(WMTBM) AS "BillType", WMCPNT / 10 AS "ComponentLine", WMOPSQ / 100 AS "OperationSequence",
    nullif(WMCPIT, 0) AS "ShortItemNumber", pg_temp.expected_text(WMCPIL) AS "ItemNumber",
    pg_temp.expected_text(WMCPIA) AS "CatalogNumber", pg_temp.expected_text(WMDSC1) AS "Description",
    pg_temp.expected_text(WMCMCU) AS "ComponentBranch", pg_temp.expected_text(WMMCU) AS "Branch",
    pg_temp.expected_text(WMLOCN) AS "Location", pg_temp.expected_text(WMLOTN) AS "LotNumber",
    pg_temp.expected_text(WMLNTY) AS "LineType", WMUORG / 1000 AS "QuantityOrdered", WMTRQT / 1000 AS "QuantityIssued",
    WMQNTA / 1000 AS "QuantityCommitted", WMSOBK / 1000 AS "QuantityBackordered",
    pg_temp.expected_text(WMUM) AS "UnitOfMeasure", pg_temp.expected_text(WMITC) AS "IssueType",
    pg_temp.expected_text(WMMTST) AS "MaterialStatus", pg_temp.expected_date(WMTRDJ) AS "TransactionDate",
    pg_temp.expected_date(WMDRQJ) AS "RequestedDate", pg_temp.expected_date(WMSTRX) AS "CompletionDate",
    pg_temp.expected_text(WMUSER) AS "UserId", pg_temp.expected_text(WMPID) AS "ProgramId",
    pg_temp.expected_text(WMJOBN) AS "WorkStation", pg_temp.expected_stamp(WMUPMJ, WMTDAY) AS "LastUpdateDT"
FROM PRODDTA.F3111
