import {
  canonicalJson,
  decodeMutation,
  type Json,
  type Mutation,
  type NumberedMutation,
  type PushPart,
  type RowWrite,
} from '@tidemark/core'
import { createDecoder } from 'lib0/decoding'
import { Violation } from '../world/Violation.js'

/** What every number of every replica stands for, as it went over the wire: the same each time. [G7] */
export class Pushed {
  readonly #byReplica = new Map<string, Map<number, NumberedMutation>>()

  add(replica: string, mutation: NumberedMutation): void {
    let byNumber = this.#byReplica.get(replica)
    if (byNumber === undefined) {
      byNumber = new Map()
      this.#byReplica.set(replica, byNumber)
    }
    const known = byNumber.get(mutation.number)
    if (known === undefined) byNumber.set(mutation.number, mutation)
    else if (contentOf(known) !== contentOf(mutation)) {
      throw new Violation(
        'G7',
        `${replica} sent ${mutation.number} as ${contentOf(known)} and as ${contentOf(mutation)}`,
      )
    }
  }

  of(replica: string, number: number): NumberedMutation | undefined {
    return this.#byReplica.get(replica)?.get(number)
  }
}

/** Puts the parts of large mutations together. */
export class Parts {
  #parts: Uint8Array[] = []

  add({ bytes, isLast }: PushPart): NumberedMutation | null {
    this.#parts.push(bytes)
    if (!isLast) return null
    const whole = Buffer.concat(this.#parts)
    this.#parts = []
    return decodeMutation(createDecoder(whole))
  }
}

export function writesOf(mutation: Mutation): readonly RowWrite[] {
  if (mutation.kind === 'write') return [mutation.write]
  return mutation.kind === 'batch' ? mutation.writes : []
}

/** Times may be corrected anew at each sending. */
function contentOf({ writeId, mutation }: NumberedMutation): string {
  if (mutation.kind === 'body') return `${writeId} ${Buffer.from(mutation.update).toString('base64')}`
  const timeless = mutation.kind === 'command' ? { ...mutation, queuedAt: 0 } : mutation
  return `${writeId} ${canonicalJson(timeless as unknown as Json)}`
}
