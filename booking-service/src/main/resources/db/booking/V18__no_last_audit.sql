-- Whoever wants to know asks the auditor.

DROP TABLE last_audit;
