/**
 * A whole commit in one statement, so in one transaction and one round trip: a node that stops in the middle holds no lock.
 *
 * `held` locks the shards, so no claim comes between; then `place` the workspaces, both in order, so that no two commits
 * wait for each other. Both give the rows as they are once they are locked. Where `amiss` finds nothing, the rest is
 * written; where it does, the statement writes nothing and says why.
 *
 * Its plan is remembered, be the tables empty or full. So nothing is joined with a table: rows are found by key, and
 * written by upserts, which cannot but do so.
 *
 * $1, $2 shards and epochs · $3 workspaces · $4 the heads they build on, by workspace · $5 now · $6 … one JSON list for
 * each table.
 */
export const commitSql = `
WITH held AS MATERIALIZED (
  SELECT shard, epoch FROM shard WHERE shard = ANY($1::integer[]) ORDER BY shard FOR SHARE
), lost AS MATERIALIZED (
  SELECT named.shard FROM unnest($1::integer[], $2::bigint[]) AS named (shard, epoch) LEFT JOIN held USING (shard)
  WHERE held.epoch IS DISTINCT FROM named.epoch
), place AS MATERIALIZED (
  SELECT name, shard, head FROM workspace
  WHERE name = ANY($3::text[]) AND NOT EXISTS (SELECT FROM lost) ORDER BY name FOR UPDATE
), amiss AS MATERIALIZED (
  SELECT 'fenced' AS why, shard, NULL AS workspace FROM lost
  UNION ALL
  SELECT 'fenced', shard, NULL FROM place WHERE NOT shard = ANY($1::integer[])
  UNION ALL
  SELECT 'fenced', -1, NULL
  WHERE NOT EXISTS (SELECT FROM lost) AND (SELECT count(*) FROM place) < cardinality($3::text[])
  UNION ALL
  SELECT 'overtaken', shard, name FROM place WHERE head <> ($4::jsonb ->> name)::bigint
), moved AS (
  INSERT INTO workspace (name, shard, head, floor, incarnation, log_bytes)
  SELECT workspace, -1, "to", 0, '', bytes
  FROM json_to_recordset($6) AS given (workspace text, "to" bigint, bytes bigint)
  WHERE NOT EXISTS (SELECT FROM amiss)
  ON CONFLICT (name) DO UPDATE SET head = excluded.head, log_bytes = workspace.log_bytes + excluded.log_bytes
), logged AS (
  INSERT INTO change (workspace, seq, kind, collection, id, user_id, at, committed_at, bytes, fields, before, body_update)
  SELECT workspace, seq, kind, collection, id, user_id, at, $5, bytes, fields, before, decode(body_update, 'base64')
  FROM json_to_recordset($7) AS given (workspace text, seq bigint, kind smallint, collection text, id text,
    user_id text, at bigint, bytes integer, fields json, before json, body_update text)
  WHERE NOT EXISTS (SELECT FROM amiss)
), recorded AS (
  INSERT INTO record (workspace, collection, id, seq, removed, fields, marks)
  SELECT workspace, collection, id, seq, removed, fields, marks
  FROM json_to_recordset($8) AS given (workspace text, collection text, id text, seq bigint, removed boolean,
    fields jsonb, marks json)
  WHERE NOT EXISTS (SELECT FROM amiss)
  ON CONFLICT (workspace, collection, id) DO UPDATE
  SET seq = excluded.seq, removed = excluded.removed, fields = excluded.fields, marks = excluded.marks
), grown AS (
  INSERT INTO body (workspace, collection, id, seq, contained, tail_bytes, state)
  SELECT workspace, collection, id, seq, contained, tail_bytes, decode(state, 'base64')
  FROM json_to_recordset($9) AS given (workspace text, collection text, id text, seq bigint, contained bigint,
    tail_bytes bigint, state text, removed boolean)
  WHERE NOT EXISTS (SELECT FROM amiss) AND (NOT removed OR (
    SELECT true FROM body WHERE body.workspace = given.workspace AND collection = given.collection AND id = given.id))
  ON CONFLICT (workspace, collection, id) DO UPDATE SET
    seq = excluded.seq,
    contained = CASE WHEN excluded.contained = 0 THEN body.contained ELSE excluded.contained END,
    tail_bytes = CASE WHEN excluded.contained = 0 THEN body.tail_bytes ELSE 0 END + excluded.tail_bytes,
    state = CASE WHEN excluded.contained = 0 THEN body.state ELSE excluded.state END
), seen AS (
  INSERT INTO replica (workspace, replica, user_id, last_number, last_stamp, answers, seen_at)
  SELECT workspace, replica, user_id, last_number, last_stamp, answers, seen_at
  FROM json_to_recordset($10) AS given (workspace text, replica text, user_id text, last_number bigint,
    last_stamp bigint, answers json, seen_at bigint)
  WHERE NOT EXISTS (SELECT FROM amiss)
  ON CONFLICT (workspace, replica) DO UPDATE SET user_id = excluded.user_id, last_number = excluded.last_number,
    last_stamp = excluded.last_stamp, answers = excluded.answers, seen_at = excluded.seen_at
), bound AS (
  INSERT INTO writer (workspace, client_id, user_id)
  SELECT workspace, client_id, user_id
  FROM json_to_recordset($11) AS given (workspace text, client_id bigint, user_id text)
  WHERE NOT EXISTS (SELECT FROM amiss)
  ON CONFLICT (workspace, client_id) DO UPDATE SET user_id = excluded.user_id
)
SELECT why, shard, workspace FROM amiss`
