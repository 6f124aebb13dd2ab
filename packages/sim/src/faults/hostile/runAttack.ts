import { connect as dial } from 'node:net'
import { setPriority } from 'node:os'
import { decodeNodeFrame, encodeClientMessage, errorCodeFromClose, schemaModelOf, schemaTableOf } from '@tidemark/core'
import { WebSocket } from 'ws'
import { Dice } from '../../sim/world/Dice.js'
import { Faults } from '../Faults.js'
import { inTime } from '../inTime.js'
import { schema } from '../schema.js'
import type { AttackOrder, AttackReport } from './Crowd.js'
import { hello } from './honestMessages.js'
import { damagedHello, hostileFrame, hostileHello, type NamedFrame } from './hostileFrame.js'
import { Pace } from './Pace.js'

/** The program of the crowd's process: throws the frames that it is told to, and tells what came of them. */
const framesPerSession = 8
const table = schemaTableOf(schemaModelOf(schema))

// What is looked at is the node, not who gets the processors.
setPriority(10)
process.once('disconnect', () => process.exit())
process.on('message', (order: AttackOrder) => {
  void attack(order).then(report => process.send?.(report))
})

async function attack({ url, attackers, framesPerSecond, frames, seed }: AttackOrder): Promise<AttackReport> {
  const faults = new Faults()
  const countByClose: Record<string, number> = {}
  let connections = 0
  const startedAt = performance.now()
  const one = async (name: string): Promise<void> => {
    const dice = new Dice(seed, name)
    const pace = new Pace(framesPerSecond)
    for (let thrown = 0; thrown < frames / attackers; ) {
      const { code, last, count } = await session(url, dice, name, pace)
      thrown += count
      connections++
      const said = code === 1005 || code === 1006 ? 'left open' : `closed: ${errorCodeFromClose(code) ?? code}`
      countByClose[said] = (countByClose[said] ?? 0) + 1
      if (said === 'closed: INTERNAL' || said === 'closed: STORE_FAILED') {
        const hex = Buffer.from(last.bytes.subarray(0, 200)).toString('hex')
        faults.add('SIM-FAULT-3', `${last.name} (${hex}) was answered by ${said}`)
      }
      if (dice.chance(0.05)) await noise(url, dice)
    }
  }
  await Promise.all(Array.from({ length: attackers }, (_, n) => one(`attacker ${n}`)))
  return { seconds: (performance.now() - startedAt) / 1000, connections, countByClose, faults: faults.all }
}

interface SessionEnd {
  /** The number that it was closed with. */
  readonly code: number
  readonly last: NamedFrame
  /** Frames that were sent. */
  readonly count: number
}

/** One connection: a greeting, what comes after it, and the number it was closed with. */
async function session(url: string, dice: Dice, name: string, pace: Pace): Promise<SessionEnd> {
  await pace.next()
  const socket = new WebSocket(url)
  socket.binaryType = 'nodebuffer'
  socket.on('error', () => undefined) // the close says it
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  await Promise.race([new Promise(resolve => socket.once('open', resolve)), closed])
  const chance = dice.fraction()
  const replica = `${name} ${dice.int(0, 5)}`
  const greeting =
    chance < 0.85
      ? { name: 'a hello', bytes: encodeClientMessage(hello(replica, { userId: name, token: name })) }
      : chance < 0.92
        ? damagedHello(dice)
        : hostileHello(dice)
  const answer = new Promise<number | null>(resolve => {
    socket.once('message', data => resolve(nextNumberSaid(data as Buffer)))
  })
  socket.send(greeting.bytes)
  let last: NamedFrame = greeting
  // Some greetings say nothing, and nothing is the answer until the node has waited long enough.
  const next = await inTime(Promise.race([answer, closed.then(() => null)]), 1_000)
  let count = 1
  for (; count <= framesPerSession && next != null && socket.readyState === socket.OPEN; count++) {
    await pace.next()
    last = hostileFrame(dice, next)
    // Text is no message of this protocol.
    if (dice.chance(0.01)) socket.send('hello?')
    else socket.send(last.bytes)
  }
  socket.close()
  return { code: await closed, last, count }
}

/** What the replica's next mutation is numbered, if it was let in. */
function nextNumberSaid(bytes: Buffer): number | null {
  const [message] = decodeNodeFrame(bytes, table)
  return message?.type === 'welcome' ? (message.lastNumber ?? 0) + 1 : null
}

/** Bytes that are no WebSocket. */
async function noise(url: string, dice: Dice): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = dial({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  socket.resume() // an end that nobody reads is none
  const closed = new Promise(resolve => socket.once('close', resolve))
  const key = Buffer.from(dice.bytes(16)).toString('base64')
  const upgrade = `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
  if (dice.chance(0.5)) socket.write(upgrade)
  socket.end(dice.bytes(dice.int(1, 2_000)))
  await inTime(closed, 2_000)
  socket.destroy()
}
