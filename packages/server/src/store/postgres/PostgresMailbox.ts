import type { Mailbox } from '../Mailbox.js'
import type { Connections } from './Connections.js'

/** The `forward` table: what nodes send each other while the bus is away. [A13] */
export class PostgresMailbox implements Mailbox {
  readonly #connections: Connections

  constructor(connections: Connections) {
    this.#connections = connections
  }

  async post(node: string, word: Uint8Array): Promise<void> {
    await this.#connections.write({
      text: 'INSERT INTO forward (node, word) VALUES ($1, $2)',
      values: [node, word],
    })
  }

  async collect(node: string): Promise<readonly Uint8Array[]> {
    const found = await this.#connections.write<{ place: string; word: Buffer }>({
      text: `
        DELETE FROM forward WHERE node = $1 OR posted_at < clock_timestamp() - interval '1 minute'
        RETURNING CASE WHEN node = $1 THEN place END AS place, word`,
      values: [node],
    })
    const own = found.filter(({ place }) => place !== null)
    return own.sort((a, b) => Number(a.place) - Number(b.place)).map(({ word }) => word)
  }
}
