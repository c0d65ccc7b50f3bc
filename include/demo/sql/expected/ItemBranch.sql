SELECT
    pg_temp.expected_key(IBMCU) AS "Branch", IBITM AS "ShortItemNumber", pg_temp.expected_text(IBLITM) AS "ItemNumber",
    pg_temp.expected_text(IBAITM) AS "CatalogNumber", pg_temp.expected_text(IBSTKT) AS "StockingType",
    pg_temp.expected_text(IBLNTY) AS "LineType", pg_temp.expected_text(IBGLPT) AS "GlClass",
    pg_temp.expected_text(IBSRP1) AS "SalesCategory", pg_temp.expected_text(IBPRP1) AS "PurchasingCategory",
    nullif(IBVEND, 0) AS "Supplier", nullif(IBBUYR, 0) AS "Buyer", nullif(IBANPL, 0) AS "Planner",
    IBROPI / 1000 AS "ReorderPoint", IBROQI / 1000 AS "ReorderQuantity", IBRQMX / 1000 AS "MaximumReorderQuantity",
    IBRQMN / 1000 AS "MinimumReorderQuantity", IBMULT / 1000 AS "MultipleOrderQuantity", IBSAFE / 1000 AS "SafetyStock",
    IBLTLV AS "LevelLeadTime", IBLTMF AS "ManufacturingLeadTime", IBLTCM AS "CumulativeLeadTime",
    pg_temp.expected_text(IBOPC) AS "OrderPolicy", pg_temp.expected_text(IBMPST) AS "PlanningCode",
    IBMTF1 AS "PlanningFence", pg_temp.expected_text(IBSRCE) AS "LotControl", IBSLD AS "ShelfLifeDays",
    pg_temp.expected_text(IBLOTS) AS "LotStatus", pg_temp.expected_text(IBABCI) AS "AbcCode",
    IBQUED / 100 AS "QueueHours", IBSETL / 100 AS "SetupHours", pg_temp.expected_text(IBUSER) AS "UserId",
    pg_temp.expected_text(IBPID) AS "ProgramId", pg_temp.expected_text(IBJOBN) AS "WorkStation",
    pg_temp.expected_stamp(IBUPMJ, IBTDAY) AS "LastUpdateDT"
FROM PRODDTA.F4102
