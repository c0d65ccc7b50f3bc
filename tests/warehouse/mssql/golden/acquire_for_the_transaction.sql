SET NOCOUNT ON;
DECLARE @result int;
EXEC @result = sp_getapplock @Resource = %(resource)s, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = %(wait)s;
SET NOCOUNT OFF;
SELECT @result AS result;
