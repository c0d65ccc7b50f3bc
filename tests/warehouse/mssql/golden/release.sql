SET NOCOUNT ON;
DECLARE @result int;
EXEC @result = sp_releaseapplock @Resource = %(resource)s, @LockOwner = 'Session';
SET NOCOUNT OFF;
SELECT @result AS result;
