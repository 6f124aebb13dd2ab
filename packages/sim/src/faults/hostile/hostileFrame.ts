import { encodeClientMessage } from '@tidemark/core'
import { defaultLimits } from '@tidemark/server'
import type { Dice } from '../../sim/world/Dice.js'
import { type Crafted, craftedFrames } from './craftedFrames.js'
import { damaged } from './damaged.js'
import { hello, honestMessage } from './honestMessages.js'

export interface NamedFrame {
  readonly name: string
  readonly bytes: Uint8Array
}

const craftedNames = Object.keys(craftedFrames)

/** Something that comes after a hello: a real frame that was damaged, a crafted one, or noise. */
export function hostileFrame(dice: Dice, next: number): NamedFrame {
  const honest = (): Uint8Array => encodeClientMessage(honestMessage(dice, next))
  const chance = dice.fraction()
  // Rare, for it costs much to make.
  if (chance < 0.0005) return { name: 'a frame too large', bytes: new Uint8Array(defaultLimits.frameBytes + 1).fill(6) }
  if (chance < 0.15) return { name: 'random bytes', bytes: dice.bytes(dice.int(0, 200)) }
  if (chance < 0.3) {
    return { name: 'a random message', bytes: Uint8Array.of(dice.int(1, 7), ...dice.bytes(dice.int(0, 60))) }
  }
  if (chance < 0.4) return { name: 'an honest message', bytes: honest() }
  if (chance < 0.8) return { name: 'a damaged message', bytes: damaged(dice, honest()) }
  const name = dice.pick(craftedNames)
  const bytes = (craftedFrames[name] as Crafted)(dice, next)
  return dice.chance(0.9) ? { name, bytes } : { name: 'a damaged crafted frame', bytes: damaged(dice, bytes) }
}

const hellos: Readonly<Record<string, (dice: Dice) => Uint8Array>> = {
  'a stale token': () => encodeClientMessage(hello('r', { token: 'carol, of yesterday' })),
  'no token': () => encodeClientMessage(hello('r', { token: null })),
  "another's name": () => encodeClientMessage(hello('r', { userId: 'alice' })),
  "another's replica": () => encodeClientMessage(hello('of carol', { userId: 'bob', token: 'bob' })),
  'a foreign workspace': dice =>
    encodeClientMessage(hello('r', { workspace: dice.pick(['secret', '', '__proto__', '../acme', 'acme\u0000']) })),
  'an old protocol': () => encodeClientMessage(hello('r', { protocol: 0 })),
  'no hello': dice => encodeClientMessage(honestMessage(dice, 1)),
}
const helloNames = Object.keys(hellos)

/** A greeting that nobody may be let in by. */
export function hostileHello(dice: Dice): NamedFrame {
  const name = dice.pick(helloNames)
  return { name, bytes: hellos[name]?.(dice) ?? new Uint8Array() }
}

/** One that may still be in order. */
export function damagedHello(dice: Dice): NamedFrame {
  return { name: 'a damaged hello', bytes: damaged(dice, encodeClientMessage(hello(`d${dice.int(0, 20)}`))) }
}
