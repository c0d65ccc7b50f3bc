SELECT
    pg_temp.expected_key(IOLOTN) AS "LotNumber", IOITM AS "ShortItemNumber", pg_temp.expected_key(IOMCU) AS "Branch",
    pg_temp.expected_text(IOLITM) AS "ItemNumber", pg_temp.expected_text(IOAITM) AS "CatalogNumber",
    pg_temp.expected_text(IOLDSC) AS "Description", pg_temp.expected_text(IOLOTS) AS "LotStatus",
    nullif(IOVEND, 0) AS "Supplier", pg_temp.expected_text(IOKCOO) AS "OrderCompany",
    nullif(IODOCO, 0) AS "OrderNumber", pg_temp.expected_text(IODCTO) AS "OrderType",
    pg_temp.expected_text(IORLOT) AS "SupplierLotNumber", IOLOTP / 1000 AS "Potency",
    pg_temp.expected_text(IOLOTG) AS "Grade", pg_temp.expected_date(IOMMEJ) AS "ExpirationDate",
    pg_temp.expected_date(IOSBDJ) AS "SellByDate", pg_temp.expected_date(IOBBDJ) AS "BestBeforeDate",
    pg_temp.expected_date(IOBODJ) AS "BasedOnDate", pg_temp.expected_date(IOOHDJ) AS "OnHandDate",
    pg_temp.expected_date(IODLEJ) AS "EffectiveDate", pg_temp.expected_text(IOSERN) AS "SerialNumber",
    pg_temp.expected_text(IOLOT1) AS "Memo1", pg_temp.expected_text(IOLOT2) AS "Memo2",
    pg_temp.expected_text(IOUSER) AS "UserId", pg_temp.expected_text(IOPID) AS "ProgramId",
    pg_temp.expected_text(IOJOBN) AS "WorkStation", pg_temp.expected_stamp(IOUPMJ, IOTDAY) AS "LastUpdateDT"
FROM PRODDTA.F4108
