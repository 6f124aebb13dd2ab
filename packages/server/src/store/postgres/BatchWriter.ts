import { mustFollow } from '../mustFollow.js'
import type { CommitBatch, CommitOutcome } from '../Store.js'
import type { Connections, Statement } from './Connections.js'
import { commitRows } from './commitRows.js'
import { commitSql } from './commitSql.js'
import { isOfContent } from './postgresErrors.js'

/** Why nothing was written. */
interface AmissRow {
  readonly why: 'fenced' | 'overtaken'
  readonly shard: number
  readonly workspace: string
}

/** Writes batches, each in one statement. */
export class BatchWriter {
  constructor(private readonly connections: Connections) {}

  async commit(batch: CommitBatch, nowMs: number): Promise<CommitOutcome> {
    for (const part of batch.workspaces) mustFollow(part)
    try {
      return outcomeOf(await this.connections.write<AmissRow>(statementOf(batch, nowMs)))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const refused = isOfContent(error.cause) ? await this.#culpritOf(batch, nowMs) : undefined
      return refused ?? { status: 'unknown', error }
    }
  }

  /** Whose content it is that was refused: the parts are tried one by one, and undone. */
  async #culpritOf({ epochs, workspaces }: CommitBatch, nowMs: number): Promise<CommitOutcome | undefined> {
    for (const part of workspaces) {
      try {
        await this.connections.rehearse(run => run(statementOf({ epochs, workspaces: [part] }, nowMs)))
      } catch (error) {
        if (!(error instanceof Error) || !isOfContent(error.cause)) return undefined
        return { status: 'refused', workspace: part.workspace, reason: error.cause.message }
      }
    }
    return undefined
  }
}

function statementOf({ epochs, workspaces }: CommitBatch, nowMs: number): Statement {
  const { parts, changes, records, bodies, replicas, writers } = commitRows(workspaces)
  return {
    name: 'commit',
    text: commitSql,
    values: [
      epochs.map(({ shard }) => shard),
      epochs.map(({ epoch }) => epoch),
      workspaces.map(({ workspace }) => workspace),
      JSON.stringify(Object.fromEntries(workspaces.map(({ workspace, from }) => [workspace, from]))),
      nowMs,
      ...[parts, changes, records, bodies, replicas, writers].map(rows => JSON.stringify(rows)),
    ],
  }
}

function outcomeOf(amiss: readonly AmissRow[]): CommitOutcome {
  const fenced = amiss.filter(({ why }) => why === 'fenced').map(({ shard }) => shard)
  if (fenced.length > 0) return { status: 'fenced', shards: [...new Set(fenced)] }
  if (amiss.length === 0) return { status: 'committed' }
  return { status: 'overtaken', workspaces: amiss.map(({ workspace }) => workspace) }
}
