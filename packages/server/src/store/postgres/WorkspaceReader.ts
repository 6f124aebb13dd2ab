import { hash64, type SchemaModel } from '@tidemark/core'
import type { AskedStanding, Read, ReadResult, Reads, Standing } from '../Store.js'
import type { Connections, Run, Statement } from './Connections.js'
import { type CompiledRead, compileRead, inexact, type ReplicaJson, replicaFrom, replicaSql } from './compileRead.js'

/** So many reads are one statement; planning takes longer than that many would wait for each other. */
const readsPerStatement = 32

/** So few kinds of read make few statements. */
const maxCommonReads = 4

type NamedRead = readonly [name: string, read: Read]

/** Answers reads: all of one request in one statement, which sees one moment, or in a transaction that does. */
export class WorkspaceReader {
  constructor(
    private readonly connections: Connections,
    private readonly schema: SchemaModel,
  ) {}

  async read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>> {
    const results = (await this.#read(workspace, reads, false)) ?? (await this.#read(workspace, reads, true))
    return results as ReadResult<R>
  }

  async standings(asked: readonly AskedStanding[]): Promise<readonly Standing[]> {
    const found = await this.connections.read<{ head: number; known: ReplicaJson | null }>({
      name: 'standings',
      text: `SELECT coalesce(workspace.head, 0)::float8 AS head, (${replicaSql('key.workspace', 'key.replica')}) AS known
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS key (workspace, replica, n)
        LEFT JOIN workspace ON workspace.name = key.workspace ORDER BY key.n`,
      values: [asked.map(({ workspace }) => workspace), asked.map(({ replica }) => replica)],
    })
    return found.map(({ head, known }) => ({ head, known: replicaFrom(known) }))
  }

  /** Undefined where a list has to be read more exactly: all is read again, for it is to be of one moment. */
  async #read(workspace: string, reads: Reads, exact: boolean): Promise<Record<string, unknown> | undefined> {
    const named = Object.entries(reads)
    if (named.length <= readsPerStatement) {
      return this.#answer(statement => this.connections.read(statement), workspace, named, exact)
    }
    return this.connections.readTogether(async run => {
      const results: Record<string, unknown> = {}
      for (let at = 0; at < named.length; at += readsPerStatement) {
        const part = await this.#answer(run, workspace, named.slice(at, at + readsPerStatement), exact)
        if (part === undefined) return undefined
        Object.assign(results, part)
      }
      return results
    })
  }

  async #answer(run: Run, workspace: string, named: readonly NamedRead[], exact: boolean) {
    const parameters: unknown[] = [workspace]
    const compiled = named.map(([, read]) => compileRead(read, this.schema, parameters, exact))
    const [row] = await run<Record<string, unknown>>(statementOf(named, compiled, parameters))
    const results: Record<string, unknown> = { head: row?.head }
    for (const [index, [name]] of named.entries()) {
      const result = compiled[index]?.answer(row?.[`r${index}`] as never)
      if (result === inexact) return undefined
      results[name] = result
    }
    return results
  }
}

/** Of a workspace that was never opened nothing is found. */
function statementOf(named: readonly NamedRead[], compiled: readonly CompiledRead[], values: unknown[]): Statement {
  const columns = compiled.map(({ sql }, index) => `, (${sql}) AS r${index}`).join('')
  const place = 'SELECT coalesce(max(head), 0) AS head, coalesce(max(floor), 0) AS floor FROM workspace WHERE name = $1'
  const text = `SELECT head::float8 AS head${columns} FROM (${place}) AS place`
  return isCommon(named) ? { name: hash64(text), text, values } : { text, values }
}

/**
 * Whether the statement is worth being remembered (measured: that halves its time). Conditions and orders are the
 * clients' choice: their statements have no end, and their plans depend on what is asked for.
 */
function isCommon(named: readonly NamedRead[]): boolean {
  return named.length <= maxCommonReads && named.every(([, { kind }]) => kind !== 'list' && kind !== 'count')
}
