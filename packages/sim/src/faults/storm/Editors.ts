import type { RowValues, RowWrite } from '@tidemark/core'
import { notes } from '../schema.js'
import { LightClient } from './LightClient.js'
import { type Status, statuses } from './rooms.js'

const notesEach = 20
const editedEach = 3

/** One client in each room, who fills its lists, and edits them when told to. */
export class Editors {
  readonly #clients: readonly LightClient[]
  #edits = 0

  constructor(rooms: readonly string[], urls: readonly string[]) {
    this.#clients = rooms.map((room, n) => {
      return new LightClient({ room, status: 'todo' }, () => urls[n % urls.length] as string)
    })
  }

  async fill(): Promise<void> {
    const numbers = Array.from({ length: notesEach }, (_, rank) => rank)
    const writes = statuses.flatMap(status =>
      numbers.map(rank => insert(`${status}-${rank}`, { title: `${rank} in ${status}`, status, rank })),
    )
    await this.#write(writes)
  }

  /** Something of every kind in both lists of each room: what is edited, comes, goes, moves. */
  async edit(): Promise<void> {
    const round = this.#edits++
    const writes = [...editsOf('todo', 'doing', round), ...editsOf('doing', 'todo', round)]
    await this.#write(writes)
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }

  async #write(writes: readonly RowWrite[]): Promise<void> {
    await Promise.all(this.#clients.map(client => client.write(...writes)))
  }
}

function editsOf(status: Status, other: Status, round: number): RowWrite[] {
  const [removed, moved, ...edited] = Array.from(
    { length: 2 + editedEach },
    (_, n) => `${status}-${(round * (2 + editedEach) + n) % notesEach}`,
  ) as [string, string, ...string[]]
  return [
    insert(`${status}-new-${round}`, { title: `new in ${status}`, status, rank: notesEach + round }),
    { op: 'remove', collection: notes.name, id: removed },
    update(moved, { status: other }),
    ...edited.map(id => update(id, { title: `edited in round ${round}`, votes: { increment: 1 } })),
  ]
}

function insert(id: string, values: RowValues): RowWrite {
  return { op: 'insert', collection: notes.name, id, values }
}

function update(id: string, patch: RowValues): RowWrite {
  return { op: 'update', collection: notes.name, id, patch }
}
