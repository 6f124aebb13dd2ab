/**
 * A whole commit in one statement, so in one transaction and one round trip: a node that stops in the middle holds no lock.
 *
 * `held` locks the shards, so no claim comes between; then `place` the workspaces, both in order, so that no two commits
 * wait for each other. Both give the rows as they are once they are locked. Where `amiss` finds nothing, the rest is
 * written; where it does, the statement writes nothing and says why.
 *
 * $1, $2 shards and epochs · $3 workspaces · $4 now · $5 … one JSON list for each table.
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
), part AS MATERIALIZED (
  SELECT * FROM json_to_recordset($5) AS given (workspace text, "from" bigint, "to" bigint, bytes bigint)
), amiss AS MATERIALIZED (
  SELECT 'fenced' AS why, shard, NULL AS workspace FROM lost
  UNION ALL
  SELECT 'fenced', coalesce(place.shard, -1), NULL FROM part LEFT JOIN place ON place.name = part.workspace
  WHERE NOT EXISTS (SELECT FROM lost) AND NOT coalesce(place.shard, -1) = ANY($1::integer[])
  UNION ALL
  SELECT 'overtaken', place.shard, place.name FROM part JOIN place ON place.name = part.workspace
  WHERE place.head <> part."from"
), moved AS (
  UPDATE workspace SET head = part."to", log_bytes = log_bytes + part.bytes FROM part
  WHERE name = part.workspace AND head = part."from" AND NOT EXISTS (SELECT FROM amiss)
), logged AS (
  INSERT INTO change (workspace, seq, kind, collection, id, user_id, at, committed_at, bytes, fields, before, body_update)
  SELECT workspace, seq, kind, collection, id, user_id, at, $4, bytes, fields, before, decode(body_update, 'base64')
  FROM json_to_recordset($6) AS given (workspace text, seq bigint, kind smallint, collection text, id text,
    user_id text, at bigint, bytes integer, fields json, before json, body_update text)
  WHERE NOT EXISTS (SELECT FROM amiss)
), state AS MATERIALIZED (
  SELECT * FROM json_to_recordset($7) AS given (workspace text, collection text, id text, seq bigint, removed boolean,
    fields jsonb, marks json)
  WHERE NOT EXISTS (SELECT FROM amiss)
), recorded AS (
  INSERT INTO record (workspace, collection, id, seq, removed, fields, marks)
  SELECT workspace, collection, id, seq, removed, fields, marks FROM state
  ON CONFLICT (workspace, collection, id) DO UPDATE
  SET seq = excluded.seq, removed = excluded.removed, fields = excluded.fields, marks = excluded.marks
), dropped AS (
  DELETE FROM body USING state WHERE state.removed
  AND body.workspace = state.workspace AND body.collection = state.collection AND body.id = state.id
), grown AS (
  INSERT INTO body (workspace, collection, id, seq, contained, tail_bytes, state)
  SELECT workspace, collection, id, seq, contained, tail_bytes, decode(state, 'base64')
  FROM json_to_recordset($8) AS given (workspace text, collection text, id text, seq bigint, contained bigint,
    tail_bytes bigint, state text)
  WHERE NOT EXISTS (SELECT FROM amiss)
  ON CONFLICT (workspace, collection, id) DO UPDATE SET
    seq = excluded.seq,
    contained = CASE WHEN excluded.state IS NULL THEN body.contained ELSE excluded.contained END,
    tail_bytes = CASE WHEN excluded.state IS NULL THEN body.tail_bytes ELSE 0 END + excluded.tail_bytes,
    state = coalesce(excluded.state, body.state)
), seen AS (
  INSERT INTO replica (workspace, replica, user_id, last_number, last_stamp, answers, seen_at)
  SELECT workspace, replica, user_id, last_number, last_stamp, answers, seen_at
  FROM json_to_recordset($9) AS given (workspace text, replica text, user_id text, last_number bigint,
    last_stamp bigint, answers json, seen_at bigint)
  WHERE NOT EXISTS (SELECT FROM amiss)
  ON CONFLICT (workspace, replica) DO UPDATE SET user_id = excluded.user_id, last_number = excluded.last_number,
    last_stamp = excluded.last_stamp, answers = excluded.answers, seen_at = excluded.seen_at
), bound AS (
  INSERT INTO writer (workspace, client_id, user_id)
  SELECT workspace, client_id, user_id
  FROM json_to_recordset($10) AS given (workspace text, client_id bigint, user_id text)
  WHERE NOT EXISTS (SELECT FROM amiss)
  ON CONFLICT (workspace, client_id) DO UPDATE SET user_id = excluded.user_id
)
SELECT why, shard, workspace FROM amiss`
