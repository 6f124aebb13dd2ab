import type { Leadership, TabChannel } from '@tidemark/client/testing'
import type { Process } from '../world/Process.js'

/** A message between tabs, or news of a lock, takes a turn of the event loop. */
const turnMs = 1

interface Seat {
  readonly process: Process
  listener: ((message: unknown) => void) | null
}

/** What the tabs of one browser share of one replica: its locks and its channel. */
export class TabHub {
  readonly #seats = new Set<Seat>()
  readonly #lockByName = new Map<string, Lock>()

  /** The process of the leading tab. */
  get leader(): Process | null {
    return this.#lock('').holder
  }

  channel(process: Process): TabChannel {
    const seat: Seat = { process, listener: null }
    this.#seats.add(seat)
    process.ended(() => this.#seats.delete(seat))
    return {
      post: message => {
        const copy = structuredClone(message)
        for (const other of this.#seats) {
          if (other !== seat) process.time.after(turnMs, () => other.process.run(() => other.listener?.(copy)))
        }
      },
      receive: listener => {
        seat.listener = listener
      },
      close: () => {
        this.#seats.delete(seat)
        seat.listener = null
      },
    }
  }

  /** A tab's place in the line for the lead, or for a name. */
  leadership(process: Process, name = ''): Leadership {
    const lock = this.#lock(name)
    process.ended(() => lock.leave(process))
    return { request: lead => lock.queue(process, lead), release: () => lock.leave(process) }
  }

  #lock(name: string): Lock {
    let lock = this.#lockByName.get(name)
    if (lock === undefined) {
      lock = new Lock()
      this.#lockByName.set(name, lock)
    }
    return lock
  }
}

class Lock {
  holder: Process | null = null
  #line: { readonly process: Process; readonly lead: () => void }[] = []

  queue(process: Process, lead: () => void): void {
    this.#line.push({ process, lead })
    process.time.after(turnMs, () => this.#next())
  }

  leave(process: Process): void {
    this.#line = this.#line.filter(waiting => waiting.process !== process)
    if (this.holder === process) this.holder = null
    process.time.after(turnMs, () => this.#next())
  }

  #next(): void {
    if (this.holder !== null) return
    const next = this.#line.shift()
    if (next === undefined) return
    this.holder = next.process
    next.process.run(next.lead)
  }
}
