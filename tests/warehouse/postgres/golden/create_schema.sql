CREATE SCHEMA "sta""ging"
