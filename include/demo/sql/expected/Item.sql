SELECT
    IMITM AS "ShortItemNumber", pg_temp.expected_text(IMLITM) AS "ItemNumber",
    pg_temp.expected_text(IMAITM) AS "CatalogNumber", pg_temp.expected_text(IMDSC1) AS "Description",
    pg_temp.expected_text(IMDSC2) AS "Description2", pg_temp.expected_text(IMSRTX) AS "SearchText",
    pg_temp.expected_text(IMSTKT) AS "StockingType", pg_temp.expected_text(IMLNTY) AS "LineType",
    pg_temp.expected_text(IMGLPT) AS "GlClass", pg_temp.expected_text(IMUOM1) AS "UnitOfMeasure",
    pg_temp.expected_text(IMUWUM) AS "WeightUnit", pg_temp.expected_text(IMSRP1) AS "SalesCategory",
    pg_temp.expected_text(IMPRP1) AS "PurchasingCategory", pg_temp.expected_text(IMSRCE) AS "LotControl",
    IMSLD AS "ShelfLifeDays", nullif(IMBUYR, 0) AS "Buyer", nullif(IMANPL, 0) AS "Planner",
    pg_temp.expected_text(IMDRAW) AS "DrawingNumber", pg_temp.expected_text(IMRVNO) AS "DrawingRevision",
    pg_temp.expected_text(IMUSER) AS "UserId", pg_temp.expected_text(IMPID) AS "ProgramId",
    pg_temp.expected_text(IMJOBN) AS "WorkStation", pg_temp.expected_stamp(IMUPMJ, IMTDAY) AS "LastUpdateDT"
FROM PRODDTA.F4101
