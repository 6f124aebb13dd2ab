import { Violation } from '../world/Violation.js'

/** What was written: each written piece of content carries a token that no other has. */
export interface Written {
  readonly token: string
  /** Where it may stand: no value of another place may show it. */
  readonly collection: string
  readonly id: string
  readonly field: string
}

const form = /~[0-9a-z]{3,}~/g

/** Makes the tokens, and knows where each may stand. */
export class Tokens {
  readonly #writtenByToken = new Map<string, Written>()

  make(collection: string, id: string, field: string): string {
    const token = `~${(this.#writtenByToken.size + 46656).toString(36)}~`
    this.#writtenByToken.set(token, { token, collection, id, field })
    return token
  }

  of(token: string): Written | undefined {
    return this.#writtenByToken.get(token)
  }

  /** The known tokens in bytes or a text. */
  in(content: Uint8Array | string): readonly Written[] {
    const content_ = typeof content === 'string' ? content : Buffer.from(content).toString('latin1')
    const found: Written[] = []
    for (const [token] of content_.matchAll(form)) {
      const written = this.#writtenByToken.get(token)
      if (written !== undefined) found.push(written)
    }
    return found
  }

  /** Throws if a row shows something that nobody wrote there. [G2] */
  mustFit(collection: string, id: string, field: string, text: string): void {
    for (const written of this.in(text)) {
      if (written.collection !== collection || written.id !== id || written.field !== field) {
        throw new Violation(
          'G2',
          `${written.token} of ${written.collection}/${written.id}.${written.field} stands in ${collection}/${id}.${field}`,
        )
      }
    }
  }
}
