import { equalJson, type Json } from '@tidemark/core'
import type { NodeWorkspace, WorkspaceCommit } from '@tidemark/server/testing'
import type { NodeHost } from '../node/NodeHost.js'
import type { Nodes } from '../node/Nodes.js'
import type { Dice } from '../world/Dice.js'
import type { Process } from '../world/Process.js'
import type { Tally } from '../world/Tally.js'
import { Violation } from '../world/Violation.js'
import { buyStock } from './commands.js'
import { sales, stocks } from './schema.js'

/** Workspaces that only server code writes to. */
export const books = ['books1', 'books2', 'books3'] as const
const stockLeft = 1_000

type Told = { readonly status: string; readonly result?: unknown; readonly code?: string }

interface Call {
  readonly kind: 'buy' | 'note'
  readonly workspace: string
  readonly token: string
  /** Where it was asked for and is not answered. */
  readonly asked: Set<Process>
  told: Told | null
}

/**
 * Server code that sells, at whatever node it runs: it asks again, elsewhere, when its node died. Each purchase counts once
 * and has one answer, and what was answered is committed. [G1] [G7]
 */
export class Books {
  readonly #callByToken = new Map<string, Call>()
  readonly #soldByToken = new Map<string, { readonly seq: number; readonly left: Json }>()
  /** The seqs of all sales, by workspace. */
  readonly #salesByBook = new Map<string, number[]>(books.map(book => [book, []]))
  readonly #leftByBook = new Map<string, Json>()
  #count = 0

  constructor(
    private readonly nodes: Nodes,
    private readonly dice: Dice,
    private readonly tally: Tally,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** No call waits for its answer. */
  get isQuiet(): boolean {
    return [...this.#callByToken.values()].every(call => call.told !== null || !isAwaited(call))
  }

  salesOf(book: string): readonly number[] {
    return this.#salesByBook.get(book) ?? []
  }

  async open(server: (book: string) => NodeWorkspace | null): Promise<void> {
    for (const book of books) await server(book)?.insert(stocks, { id: 'k1', name: 'beer', left: stockLeft })
  }

  act(): void {
    const { dice } = this
    const host = this.#anyHost()
    if (host === undefined) return
    const kind = dice.chance(0.7) ? 'buy' : 'note'
    this.ask(host, kind, dice.pick(books))
    this.askAgain()
  }

  ask(host: NodeHost, kind: Call['kind'], workspace: string): Promise<void> {
    const call: Call = { kind, workspace, token: `book${this.#count++}`, asked: new Set(), told: null }
    this.#callByToken.set(call.token, call)
    return this.#askAt(host, call)
  }

  /** What died with its node, and now and then what did not, is asked for at another. */
  askAgain(): void {
    for (const call of this.#callByToken.values()) {
      if (call.told !== null || call.kind === 'note') continue
      const isLost = [...call.asked].every(process => !process.isAlive)
      const host = this.#anyHost()
      if (host?.process && !call.asked.has(host.process) && (isLost || this.dice.chance(0.1))) {
        this.tally.count('path: server code asked again')
        void this.#askAt(host, call)
      }
    }
  }

  committed({ workspace, changes }: WorkspaceCommit): void {
    for (const change of changes) {
      if (change.kind === 'access' || change.kind === 'body' || change.after === null) continue
      if (change.collection === 'stocks') this.#leftByBook.set(workspace, change.after.left ?? null)
      if (change.collection !== 'sales') continue
      const token = change.after.token as string
      if (this.#soldByToken.has(token)) throw new Violation('G7', `${token} was sold twice in ${workspace}`)
      if (this.#callByToken.get(token)?.told?.status === 'rejected')
        throw new Violation('G7', `${token} was sold in ${workspace} after it was refused`)
      this.#soldByToken.set(token, { seq: change.seq, left: this.#leftByBook.get(workspace) ?? null })
      this.#salesByBook.get(workspace)?.push(change.seq)
    }
  }

  /** At the end: everyone who asks has been answered, and what is left is what was not sold. [L1] */
  mustBeEven(): void {
    for (const call of this.#callByToken.values()) {
      if (call.told === null && isAwaited(call))
        throw new Violation('L1', `${call.token} of ${call.workspace} has no answer`)
    }
    for (const book of books) {
      const bought = [...this.#callByToken.values()].filter(({ kind, workspace, token }) => {
        return kind === 'buy' && workspace === book && this.#soldByToken.has(token)
      })
      const left = this.#leftByBook.get(book)
      if (left !== undefined && left !== stockLeft - bought.length)
        throw new Violation('G7', `${bought.length} of ${stockLeft} were sold in ${book}, left are ${left}`)
    }
  }

  #anyHost(): NodeHost | undefined {
    const { running } = this.nodes
    return running.length === 0 ? undefined : this.dice.pick(running)
  }

  async #askAt(host: NodeHost, call: Call): Promise<void> {
    const server = host.workspace(call.workspace)
    const process = host.process
    if (server === null || process === null) return
    call.asked.add(process)
    try {
      this.#answered(call, await demand(server, call))
    } catch (error) {
      // The node is being stopped: it was not taken.
      if ((error as { readonly code?: string }).code !== 'CLOSED') this.failed(error)
      else if (call.told === null) call.asked.delete(process)
    }
  }

  #answered(call: Call, told: Told): void {
    const { token, workspace } = call
    const sold = this.#soldByToken.get(token)
    try {
      if ((told.status === 'accepted') !== (sold !== undefined))
        throw new Violation('G1', `${token} of ${workspace} was ${told.status}, and is ${sold ? '' : 'not '}sold`)
      if (call.kind === 'buy' && sold && !equalJson((told.result as { left: Json }).left, sold.left))
        throw new Violation('G7', `${token} of ${workspace} is told that ${JSON.stringify(told.result)} are left`)
      call.told = told
    } catch (error) {
      this.failed(error)
    }
  }
}

/** A plain insert has no name of its own by which a repeat would be known: it ends with its node. */
function isAwaited(call: Call): boolean {
  return call.kind === 'buy' || [...call.asked].some(process => process.isAlive)
}

async function demand(server: NodeWorkspace, { kind, token }: Call): Promise<Told> {
  if (kind === 'buy') {
    return server.run(buyStock, { stock: 'k1', pieces: 1, token }, { idempotencyKey: token })
  }
  await server.insert(sales, { id: token, of: 'note', buyer: 'app', token })
  return { status: 'accepted' }
}
