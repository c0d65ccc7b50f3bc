ALTER INDEX [IX Work Order] ON [dbo].[Work Order] REBUILD
