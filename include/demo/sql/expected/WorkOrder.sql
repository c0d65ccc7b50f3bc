SELECT
    WADOCO AS "OrderNumber", pg_temp.expected_text(WADCTO) AS "OrderType",
    pg_temp.expected_text(WASFXO) AS "OrderSuffix", pg_temp.expected_text(WARORN) AS "RelatedOrderNumber",
    pg_temp.expected_text(WARCTO) AS "RelatedOrderType", pg_temp.expected_text(WAPARS) AS "ParentOrderNumber",
    pg_temp.expected_text(WADL01) AS "Description", pg_temp.expected_text(WAMCU) AS "BusinessUnit",
    pg_temp.expected_text(WAMMCU) AS "Branch", nullif(WAITM, 0) AS "ShortItemNumber",
    pg_temp.expected_text(WALITM) AS "ItemNumber", pg_temp.expected_text(WAAITM) AS "CatalogNumber",
    pg_temp.expected_text(WALOTN) AS "LotNumber", pg_temp.expected_text(WAUOM) AS "UnitOfMeasure",
    WAUORG / 1000 AS "QuantityOrdered", WASOQS / 1000 AS "QuantityShipped", WASOCN / 1000 AS "QuantityScrapped",
    pg_temp.expected_text(WATBM) AS "BillType", pg_temp.expected_text(WATRT) AS "RoutingType",
    pg_temp.expected_date(WATRDJ) AS "OrderDate", pg_temp.expected_date(WASTRT) AS "StartDate",
    pg_temp.expected_date(WADRQJ) AS "RequestedDate", pg_temp.expected_date(WASTRX) AS "CompletionDate",
    pg_temp.expected_text(WASRST) AS "Status", pg_temp.expected_text(WAPRTS) AS "Priority",
    nullif(WAAN8, 0) AS "AddressNumber", pg_temp.expected_text(WAUSER) AS "UserId",
    pg_temp.expected_text(WAPID) AS "ProgramId", pg_temp.expected_text(WAJOBN) AS "WorkStation",
    pg_temp.expected_stamp(WAUPMJ, WATDAY) AS "LastUpdateDT"
FROM PRODDTA.F4801
