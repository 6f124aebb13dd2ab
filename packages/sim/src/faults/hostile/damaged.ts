import type { Dice } from '../../sim/world/Dice.js'

/** The bytes with one to three damages: flipped, set, cut, grown, doubled, moved. */
export function damaged(dice: Dice, bytes: Uint8Array): Uint8Array {
  let result = bytes
  for (let n = dice.int(1, 3); n > 0; n--) result = dice.pick(damages)(dice, result)
  return result
}

type Damage = (dice: Dice, bytes: Uint8Array) => Uint8Array

const place = (dice: Dice, { length }: Uint8Array): number => dice.int(0, Math.max(0, length - 1))

const damages: readonly Damage[] = [
  (dice, bytes) => replaced(bytes, place(dice, bytes), byte => byte ^ (1 << dice.int(0, 7))),
  (dice, bytes) => replaced(bytes, place(dice, bytes), () => dice.pick([0, 1, 2, 7, 127, 128, 255])),
  (dice, bytes) => bytes.slice(0, place(dice, bytes)),
  (dice, bytes) => inserted(bytes, place(dice, bytes), dice.bytes(dice.int(1, 4))),
  // A number without end.
  (dice, bytes) => inserted(bytes, place(dice, bytes), new Uint8Array(dice.pick([7, 12, 40])).fill(255)),
  (dice, bytes) => {
    const [a, b] = [place(dice, bytes), place(dice, bytes)]
    return inserted(bytes, place(dice, bytes), bytes.slice(Math.min(a, b), Math.max(a, b)))
  },
  (dice, bytes) => {
    const at = place(dice, bytes)
    return inserted(bytes.slice(0, at), at, bytes.slice(at + dice.int(1, 4)))
  },
]

function replaced(bytes: Uint8Array, at: number, by: (byte: number) => number): Uint8Array {
  const copy = bytes.slice()
  if (at < copy.length) copy[at] = by(copy[at] as number)
  return copy
}

function inserted(bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array {
  const grown = new Uint8Array(bytes.length + more.length)
  grown.set(bytes.subarray(0, at))
  grown.set(more, at)
  grown.set(bytes.subarray(at), at + more.length)
  return grown
}
