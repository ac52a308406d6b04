-- Until when the answer to a hold keeps the visitor's session; a replay says what is left of it.

ALTER TABLE kept_answer ADD COLUMN keeps_session timestamptz;
