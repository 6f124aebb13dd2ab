import type { Leadership, TabChannel } from '@tidemark/client/testing'
import type { Process } from '../world/Process.js'

/** Messages between tabs take a turn of the event loop, at most this many ms. */
const channelMs = 1

interface Seat {
  readonly process: Process
  listener: ((message: unknown) => void) | null
}

interface InLine {
  readonly process: Process
  readonly lead: () => void
}

/** What the tabs of one browser share of one replica: the lock and the channel. */
export class TabHub {
  readonly #seats = new Set<Seat>()
  #line: InLine[] = []
  #holder: Process | null = null

  get leader(): Process | null {
    return this.#holder
  }

  channel(process: Process): TabChannel {
    const seat: Seat = { process, listener: null }
    this.#seats.add(seat)
    process.ended(() => this.#seats.delete(seat))
    return {
      post: message => {
        const copy = structuredClone(message)
        for (const other of this.#seats) {
          if (other !== seat) process.time.after(channelMs, () => other.process.run(() => other.listener?.(copy)))
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

  leadership(process: Process): Leadership {
    const release = () => {
      this.#line = this.#line.filter(waiting => waiting.process !== process)
      if (this.#holder === process) this.#holder = null
      process.time.after(1, () => this.#next())
    }
    process.ended(release)
    return {
      request: lead => {
        this.#line.push({ process, lead })
        process.time.after(1, () => this.#next())
      },
      release,
    }
  }

  #next(): void {
    if (this.#holder !== null) return
    const next = this.#line.shift()
    if (next === undefined) return
    this.#holder = next.process
    next.process.run(next.lead)
  }
}
