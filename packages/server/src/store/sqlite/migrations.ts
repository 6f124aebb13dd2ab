/**
 * The tables, as steps from one format to the next: the n-th makes format n. A step that was released never changes.
 *
 * Workspaces and collections have short keys, for they stand in every row and index. Rows and marks are JSON text;
 * `json_valid` refuses at the commit what SQLite could not read back later. An entry of `change` holds the
 * before-image of a row or the update of a body; rows after it are rebuilt backwards from the record as it is now,
 * so nothing is stored twice.
 *
 * With many workspaces in a batch the cost of a commit is that of its dirty pages, about 10 µs each, and every index
 * is one more for each workspace. So changes stand in the order of their coming with one index, by workspace, stream
 * and seq; the history of one row or body is the chain of `previous`, from the `seq` of its record backwards; and
 * what only tending asks for is scanned.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE shard (
    shard INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    owner TEXT NOT NULL,
    address TEXT NOT NULL,
    lease_until INTEGER NOT NULL
  );
  CREATE TABLE workspace (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    shard INTEGER NOT NULL,
    head INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    incarnation TEXT NOT NULL,
    log_bytes INTEGER NOT NULL
  );
  CREATE TABLE collection (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE record (
    workspace INTEGER NOT NULL,
    collection INTEGER NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    row TEXT NOT NULL CHECK (json_valid(row)),
    marks TEXT NOT NULL,
    UNIQUE (workspace, collection, id)
  );
  CREATE TABLE body (
    workspace INTEGER NOT NULL,
    collection INTEGER NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL, -- of its last change
    contained INTEGER NOT NULL, -- up to here its updates are in the state
    tail_bytes INTEGER NOT NULL, -- of its updates that are only in the log
    state BLOB,
    UNIQUE (workspace, collection, id)
  );
  CREATE INDEX body_by_tail ON body (tail_bytes) WHERE tail_bytes > 65536;
  CREATE TABLE change (
    workspace INTEGER NOT NULL,
    stream INTEGER NOT NULL, -- twice the collection's key, one more for bodies; 0 for access changes
    seq INTEGER NOT NULL,
    previous INTEGER NOT NULL, -- the change before it of the same row or body
    kind INTEGER NOT NULL, -- 1 insert, 2 update, 3 remove, 4 body, 5 access
    id TEXT, -- of an access change: whose
    user TEXT NOT NULL,
    at INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    fields TEXT,
    content -- the row before as JSON, or the body's update
  );
  CREATE UNIQUE INDEX change_order ON change (workspace, stream, seq);
  CREATE TABLE replica (
    workspace INTEGER NOT NULL,
    replica TEXT NOT NULL,
    user TEXT NOT NULL,
    last_number INTEGER NOT NULL,
    last_stamp INTEGER NOT NULL,
    answers TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, replica)
  ) WITHOUT ROWID;
  CREATE TABLE writer (
    workspace INTEGER NOT NULL,
    client_id INTEGER NOT NULL,
    user TEXT NOT NULL,
    PRIMARY KEY (workspace, client_id)
  ) WITHOUT ROWID;
  `,
]
