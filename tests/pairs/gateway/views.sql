-- Views with joins, aggregates and CASE.
-- == libsql
CREATE VIEW workspace_usage AS
SELECT w.id AS workspace_id,
       w.slug,
       count(q.id) AS requests,
       coalesce(sum(q.tokens_in + q.tokens_out), 0) AS tokens
FROM workspaces w
LEFT JOIN api_keys k ON k.workspace_id = w.id
LEFT JOIN requests q ON q.api_key_id = k.id
GROUP BY w.id, w.slug;

CREATE VIEW failed_requests AS
    SELECT id, model_name, CASE WHEN status >= 500 THEN 'server' ELSE 'client' END AS fault
    FROM requests
    WHERE status >= 400;
-- == postgres
CREATE VIEW workspace_usage AS
SELECT w.id AS workspace_id,
       w.slug,
       count(q.id) AS requests,
       coalesce(sum(q.tokens_in + q.tokens_out), 0) AS tokens
FROM workspaces w
LEFT JOIN api_keys k ON k.workspace_id = w.id
LEFT JOIN requests q ON q.api_key_id = k.id
GROUP BY w.id, w.slug;

CREATE VIEW failed_requests AS
    SELECT id, model_name, CASE WHEN status >= 500 THEN 'server' ELSE 'client' END AS fault
    FROM requests
    WHERE status >= 400;
