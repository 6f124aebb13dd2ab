import type { Faults } from '../Faults.js'

/** What one commit did in one workspace, as Postgres saw it. */
export interface Step {
  readonly workspace: string
  readonly first: number
  readonly last: number
  /** The epoch that its shard was in. */
  readonly epoch: number
  /** The life of a node that wrote it. */
  readonly writer: string
  readonly atMs: number
}

/** Has Postgres itself note each commit, and who made it. No node knows of it. */
export const keepHistory = `
  CREATE SCHEMA history;
  CREATE TABLE history.step (workspace text, first float8, last float8, epoch float8, writer text, at timestamptz);
  CREATE FUNCTION history.note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO history.step
    SELECT workspace, min(seq), max(seq), max(epoch), current_setting('application_name'), clock_timestamp()
    FROM added JOIN tidemark.workspace ON name = workspace JOIN tidemark.shard USING (shard) GROUP BY workspace;
    RETURN NULL;
  END $$;
  CREATE TRIGGER history AFTER INSERT ON tidemark.change REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION history.note()`

export const readHistory = `
  SELECT workspace, first, last, epoch, writer, extract(epoch FROM at)::float8 * 1000 AS "atMs"
  FROM history.step ORDER BY workspace, first, at`

/** Step follows step; epochs never go back, and each has one writer. [SIM-FAULT-10] */
export function judgeHistory(steps: readonly Step[], faults: Faults): void {
  const writerByEpoch = new Map<string, string>()
  let before: Step | null = null
  for (const step of steps) {
    const { workspace, first, last, epoch, writer } = step
    const what = `${workspace} ${first}–${last}`
    const head: number = before?.workspace === workspace ? before.last : 0
    if (first !== head + 1) faults.add('G3', `${what} follows ${head}`)
    if (before?.workspace === workspace && epoch < before.epoch) {
      faults.add('G3', `${what} was committed under epoch ${epoch}, after one under ${before.epoch}`)
    }
    const key = `${workspace} ${epoch}`
    const owner = writerByEpoch.get(key) ?? writer
    writerByEpoch.set(key, owner)
    if (owner !== writer) faults.add('G3', `${what} was committed by ${writer} in epoch ${epoch}, which is ${owner}'s`)
    before = step
  }
}
