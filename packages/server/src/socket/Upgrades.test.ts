import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { noMetrics } from '../metrics/Metrics.js'
import { Arrivals } from './Arrivals.js'
import { ManualScheduler } from './testing/ManualScheduler.js'
import { Upgrades } from './Upgrades.js'

const atOnce = 4

/** Hears what is said to the peer. */
class PeerSocket extends Duplex {
  heard = ''

  override _read(): void {}

  override _write(bytes: Buffer, _: string, done: () => void): void {
    this.heard += String(bytes)
    done()
  }

  /** The peer ends the connection. */
  leave(): void {
    this.push(null)
  }
}

function setUp(mostWaiting = 1_000) {
  const scheduler = new ManualScheduler()
  const upgrades = new Upgrades(new Arrivals(scheduler, mostWaiting), noMetrics)
  const taken: PeerSocket[] = []
  const connect = (count: number): PeerSocket[] =>
    Array.from({ length: count }, () => {
      const socket = new PeerSocket()
      upgrades.add(socket, () => taken.push(socket))
      return socket
    })
  return { scheduler, upgrades, connect, taken }
}

const closed = (socket: PeerSocket) => new Promise<void>(resolve => void socket.once('close', resolve))
const isRefused = async (socket: PeerSocket): Promise<boolean> => {
  if (!socket.closed) await closed(socket)
  return socket.heard.startsWith('HTTP/1.1 503 ')
}

describe('[S-STORM-5] a connection that waits', () => {
  it('is let go of when the peer goes', async () => {
    const { scheduler, connect, taken } = setUp()
    connect(atOnce)
    const [gone, broken, left] = connect(3) as [PeerSocket, PeerSocket, PeerSocket]
    gone.leave()
    broken.destroy(new Error('reset'))
    await Promise.all([gone, broken].map(closed))
    scheduler.turn()
    expect(taken.slice(atOnce)).toEqual([left])
  })

  it('is refused when enough wait', async () => {
    const { connect, taken } = setUp(2)
    const sockets = connect(atOnce + 3)
    expect(await isRefused(sockets.at(-1) as PeerSocket)).toBe(true)
    expect(taken).toHaveLength(atOnce)
  })

  it('is refused when the node stops, and so is who comes then', async () => {
    const { scheduler, upgrades, connect, taken } = setUp()
    connect(atOnce)
    const waiting = connect(2)
    const refused = waiting.map(isRefused)
    upgrades.close()
    expect(await Promise.all([...refused, ...connect(1).map(isRefused)])).toEqual([true, true, true])
    scheduler.turn()
    expect(taken).toHaveLength(atOnce)
  })
})
