SELECT k.name, k.[definition] FROM sys.check_constraints AS k
WHERE k.parent_object_id = OBJECT_ID(%(table)s) ORDER BY k.name
