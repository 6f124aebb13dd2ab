import type { ReplicaStorage } from '@tidemark/client/testing'
import { TidemarkError } from '@tidemark/core'
import type { Dice } from '../world/Dice.js'
import type { Process } from '../world/Process.js'
import type { Tally } from '../world/Tally.js'

/** How a browser's storage does at the moment. */
export interface StorageWeather {
  /** The longest a transaction takes to begin, and to be reported, ms. */
  latencyMs: number
  /** How likely a transaction that writes meets the quota. */
  full: number
}

export const fairStorage: Readonly<StorageWeather> = { latencyMs: 4, full: 0 }

type Verb = Exclude<keyof ReplicaStorage, 'close'>

/**
 * A tab's storage as a browser has it: transactions one after another, each at its own moment, so that a tab can die
 * between any two, or before it hears of one that was done.
 */
export function faultyStorage(
  inner: ReplicaStorage,
  parts: {
    readonly process: Process
    readonly dice: Dice
    readonly weather: StorageWeather
    readonly tally: Tally
    /** Called right after a transaction, in its turn. */
    readonly done: (verb: Verb, given: readonly unknown[], result: unknown) => void
  },
): ReplicaStorage {
  const { process, dice, weather, tally, done } = parts
  let last: Promise<unknown> = Promise.resolve()
  let isClosed = false
  const call = (verb: Verb, given: readonly unknown[]): Promise<never> => {
    const work = async () => {
      if (!isClosed && writes.has(verb) && dice.chance(weather.full)) {
        tally.count('fault: storage full')
        throw new TidemarkError('STORAGE_FULL')
      }
      const result = await (inner[verb] as (...args: readonly unknown[]) => Promise<unknown>)(...given)
      done(verb, given, result)
      return result
    }
    // The transaction begins when the one before is over; what is given is taken over as it is now.
    const begun = last.then(() => process.later(dice.int(0, weather.latencyMs), dice.int(0, weather.latencyMs), work))
    last = begun.catch(() => undefined)
    return begun as Promise<never>
  }
  return {
    open: () => call('open', []),
    rows: of => call('rows', [of]),
    body: key => call('body', [key]),
    apply: batch => call('apply', [batch]),
    enqueue: entries => call('enqueue', [entries]),
    takeForSending: (from, maxBytes) => call('takeForSending', [from, maxBytes]),
    cancel: (number, rest) => call('cancel', [number, rest]),
    renew: (replica, verdict) => call('renew', [replica, verdict]),
    acknowledge: writeId => call('acknowledge', [writeId]),
    destroy: () => call('destroy', []),
    close: async () => {
      isClosed = true
      await last
      await inner.close()
    },
  }
}

const writes: ReadonlySet<Verb> = new Set(['apply', 'enqueue'])
