/**
 * The tables, as steps from one format to the next: the n-th makes format n. A step that was released never changes.
 *
 * Every key begins with the workspace, no statement but those of tending goes over more than one, and there is no
 * foreign key. So each table but `shard` can be partitioned by it, with the nodes stopped: rename it, make
 * it anew with `CREATE TABLE record (LIKE record_old INCLUDING ALL) PARTITION BY HASH (workspace)` and its partitions,
 * copy the rows. Nothing in this folder depends on its being one table; a database that spreads tables over machines by a
 * column can do so by this one.
 *
 * Rows are JSONB, for conditions and indexes; marks and before-images are only kept, so they stay text (JSON). Names and
 * ids sort by their bytes, as core sorts them. What is updated in place leaves room in its pages, so that its indexes
 * are not touched.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE shard (
    shard integer PRIMARY KEY,
    epoch bigint NOT NULL,
    owner text -- as long as that node's lease lasts
  ) WITH (fillfactor = 50);
  CREATE TABLE node (
    name text PRIMARY KEY,
    address text NOT NULL,
    lease_until timestamptz NOT NULL -- by the clock of this database
  ) WITH (fillfactor = 50);
  CREATE TABLE forward (
    node text NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    word bytea NOT NULL,
    posted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (node, place)
  );
  CREATE TABLE workspace (
    name text COLLATE "C" PRIMARY KEY,
    shard integer NOT NULL,
    head bigint NOT NULL,
    floor bigint NOT NULL,
    incarnation text NOT NULL,
    log_bytes bigint NOT NULL
  ) WITH (fillfactor = 50);
  CREATE TABLE record (
    workspace text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    removed boolean NOT NULL,
    fields jsonb NOT NULL,
    marks json NOT NULL,
    PRIMARY KEY (workspace, collection, id)
  ) WITH (fillfactor = 80);
  CREATE TABLE body (
    workspace text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL, -- of its last change
    contained bigint NOT NULL, -- up to here its updates are in the state; up to seq, without a state: it went with its record
    tail_bytes bigint NOT NULL, -- of its updates that are only in the log
    state bytea,
    PRIMARY KEY (workspace, collection, id)
  ) WITH (fillfactor = 80);
  CREATE INDEX body_by_tail ON body (workspace, tail_bytes) WHERE tail_bytes > 65536;
  CREATE TABLE change (
    workspace text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    kind smallint NOT NULL, -- 1 insert, 2 update, 3 remove, 4 body, 5 access
    collection text COLLATE "C",
    id text COLLATE "C", -- of an access change: whose
    user_id text NOT NULL,
    at bigint NOT NULL,
    committed_at bigint NOT NULL,
    bytes integer NOT NULL,
    fields json, -- the names of those it touched
    before json, -- the row before
    body_update bytea,
    PRIMARY KEY (workspace, seq)
  );
  CREATE INDEX change_of_record ON change (workspace, collection, id, seq) WHERE kind < 5;
  CREATE INDEX change_of_rows ON change (workspace, collection, seq) WHERE kind < 4;
  CREATE INDEX change_of_access ON change (workspace, seq) WHERE kind = 5;
  CREATE TABLE replica (
    workspace text COLLATE "C" NOT NULL,
    replica text COLLATE "C" NOT NULL,
    user_id text NOT NULL,
    last_number bigint NOT NULL,
    last_stamp bigint NOT NULL,
    answers json NOT NULL,
    seen_at bigint NOT NULL,
    PRIMARY KEY (workspace, replica)
  ) WITH (fillfactor = 50);
  CREATE TABLE writer (
    workspace text COLLATE "C" NOT NULL,
    client_id bigint NOT NULL,
    user_id text NOT NULL,
    PRIMARY KEY (workspace, client_id)
  );
  `,
]
