import * as encoding from 'lib0/encoding'
import { applyUpdate, Doc, encodeStateAsUpdate } from 'yjs'
import type { Dice } from '../../sim/world/Dice.js'

type Update = (dice: Dice) => Uint8Array

const anyClient = (dice: Dice): number => dice.int(1, 2 ** 31)

export const honestUpdate: Update = dice => typed(anyClient(dice), 'text', 'hello')

/** Yjs updates that no honest editor makes. */
export const hostileUpdates: Readonly<Record<string, Update>> = {
  'huge clock': dice => raw([struct(dice.int(1, 9), 2 ** 45, text({ root: 'text' }, 'x'))]),
  gap: dice => raw([struct(dice.int(1, 9), dice.int(1, 100), text({ root: 'text' }, 'x'))]),
  'huge gap': dice => raw([struct(dice.int(1, 9), 0, skip(2 ** 50))]),
  'huge garbage': dice => raw([struct(dice.int(1, 9), 0, garbage(2 ** 40))]),
  'missing origin': dice => raw([struct(dice.int(1, 9), 0, text({ origin: [77, 5] }, 'x'))]),
  'origin of itself': () => raw([struct(5, 0, text({ origin: [5, 0] }, 'x'))]),
  'missing parent': () => raw([struct(5, 0, text({ parent: [6, 1] }, 'x'))]),
  'deletions to come': dice => raw([], [[dice.int(1, 9), 2 ** 30, 2 ** 20]]),
  'endless deletions': () => raw([], [[1, 0, Number.MAX_SAFE_INTEGER]]),
  'foreign root': dice => typed(anyClient(dice), 'secrets', 'x'),
  'root of another kind': dice => mapped(anyClient(dice), 'text'),
  "another's client": () => typed(1, 'text', 'in your name'),
  'prototype root': dice => typed(anyClient(dice), '__proto__', 'x'),
  'prototype key': dice => mapped(anyClient(dice), 'shapes', '__proto__'),
  'U+0000': dice => typed(anyClient(dice), 'text', 'a\u0000b'),
  'more structs said than sent': () => Uint8Array.of(1, 255, 255, 255, 127, 1, 0),
  empty: () => new Uint8Array(),
  'cut off': dice => {
    const whole = honestUpdate(dice)
    return whole.subarray(0, dice.int(1, whole.length - 1))
  },
  'random bytes': dice => dice.bytes(dice.int(0, 60)),
  'a flipped bit': dice => {
    const bytes = honestUpdate(dice).slice()
    const at = dice.int(0, bytes.length - 1)
    bytes[at] = (bytes[at] as number) ^ (1 << dice.int(0, 7))
    return bytes
  },
}

/** Whether Yjs itself takes a stored state without waiting for anything that is not in it. */
export function isWholeState(state: Uint8Array): boolean {
  const doc = new Doc()
  try {
    applyUpdate(doc, state)
    return doc.store.pendingStructs === null && doc.store.pendingDs === null
  } catch {
    return false
  } finally {
    doc.destroy()
  }
}

function typed(clientId: number, root: string, content: string): Uint8Array {
  return updateOf(clientId, doc => doc.getText(root).insert(0, content))
}

function mapped(clientId: number, root: string, key = 'k'): Uint8Array {
  return updateOf(clientId, doc => doc.getMap(root).set(key, 'v'))
}

function updateOf(clientId: number, edit: (doc: Doc) => void): Uint8Array {
  const doc = new Doc()
  doc.clientID = clientId
  edit(doc)
  const update = encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}

// Updates by hand, in the first format of Yjs: structs by client, then a set of deletions.

type Write = (encoder: encoding.Encoder) => void
type Id = readonly [clientId: number, clock: number]
type At = { readonly root: string } | { readonly parent: Id } | { readonly origin: Id }

function raw(blocks: readonly Write[], deletions: readonly (readonly [...Id, length: number])[] = []): Uint8Array {
  return encoding.encode(encoder => {
    numbers(encoder, blocks.length)
    for (const block of blocks) block(encoder)
    numbers(encoder, deletions.length)
    for (const [clientId, clock, length] of deletions) numbers(encoder, clientId, 1, clock, length)
  })
}

function struct(clientId: number, clock: number, write: Write): Write {
  return encoder => {
    numbers(encoder, 1, clientId, clock)
    write(encoder)
  }
}

const garbage = (length: number): Write => numbersOf(0, length)
const skip = (length: number): Write => numbersOf(10, length)

function text(at: At, content: string): Write {
  return encoder => {
    encoding.writeUint8(encoder, 'origin' in at ? 4 | 0x80 : 4)
    if ('origin' in at) numbers(encoder, ...at.origin)
    if ('parent' in at) numbers(encoder, 0, ...at.parent)
    if ('root' in at) {
      numbers(encoder, 1)
      encoding.writeVarString(encoder, at.root)
    }
    encoding.writeVarString(encoder, content)
  }
}

function numbers(encoder: encoding.Encoder, ...values: readonly number[]): void {
  for (const value of values) encoding.writeVarUint(encoder, value)
}

const numbersOf = (...values: readonly number[]): Write => {
  return encoder => numbers(encoder, ...values)
}
