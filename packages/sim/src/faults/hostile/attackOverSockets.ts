import { connect as dial } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeNodeFrame, encodeClientMessage, errorCodeFromClose, schemaModelOf, schemaTableOf } from '@tidemark/core'
import { WebSocket } from 'ws'
import { Dice } from '../../sim/world/Dice.js'
import { Faults, type PartResult } from '../Faults.js'
import { inTime } from '../inTime.js'
import { NodeChild } from '../NodeChild.js'
import { notes, schema } from '../schema.js'
import { HonestClient } from './HonestClient.js'
import { hello } from './honestMessages.js'
import { damagedHello, hostileFrame, hostileHello, type NamedFrame } from './hostileFrame.js'
import { judgeStored } from './judgeStored.js'
import { megabytes } from './megabytes.js'

const attackers = 6
const framesPerSession = 8
/** Caches of a few records, code that was compiled, connections on their way out. */
const heapFloorBytes = 8 << 20
const heapGrowth = 1.2
/** Below this twice as much is noise. */
const latencyFloorMs = 10

const table = schemaTableOf(schemaModelOf(schema))

interface AttackOptions {
  readonly frames: number
  readonly seed: number
  readonly judgesLatency: boolean
  readonly progress: (line: string) => void
}

/** Throws frames at a node process over real sockets, while an honest client goes on working beside. [SIM-FAULT-5] */
export async function attackOverSockets({ frames, seed, judgesLatency, progress }: AttackOptions): Promise<PartResult> {
  const node = new NodeChild()
  const faults = new Faults()
  const closes = new Map<string, number>()
  let alice: HonestClient | null = null
  try {
    await node.start()
    alice = await HonestClient.start(node.url)
    // What has to be compiled and allocated once is, before the heap is measured.
    const warmUp = Math.ceil(frames / 10)
    await attack(node.url, warmUp, seed - 1, closes, faults)
    await alice.calmFor(Math.min(5_000, Math.max(500, frames / 4)))
    const calmP99 = alice.takeP99()
    const heapBefore = await node.heapBytes()
    progress(`${warmUp} of ${frames} frames over sockets`)
    await attack(node.url, frames - warmUp, seed, closes, faults)
    const underAttackP99 = alice.takeP99()
    await alice.stop()
    const heapAfter = await node.heapBytes()
    progress(`${frames} of ${frames} frames over sockets`)

    if (!node.isRunning) faults.add('SIM-FAULT-3', 'the node went down')
    for (const error of node.errors) faults.add('SIM-FAULT-3', `the node logged ${error}`)
    if (heapAfter > heapBefore * heapGrowth + heapFloorBytes) {
      faults.add('SIM-FAULT-5', `the heap grew from ${megabytes(heapBefore)} to ${megabytes(heapAfter)}`)
    }
    for (const refusal of alice.refusals) faults.add('SIM-FAULT-5', `an honest write beside them was ${refusal}`)
    if (judgesLatency && underAttackP99 > 2 * Math.max(calmP99, latencyFloorMs)) {
      faults.add('SIM-FAULT-5', `p99 of an honest client: ${calmP99} ms calm, ${underAttackP99} ms under attack`)
    }
    await node.stop()
    const reading = await node.read()
    judgeStored(reading, faults)
    const votes = reading.rows.get(notes.name)?.get(alice.noteId)?.votes
    if (votes !== alice.accepted)
      faults.add('G1', `${alice.accepted} honest increments were accepted, ${votes} are stored`)
    return {
      title: 'hostile frames, over sockets',
      figures: [
        ['frames', frames],
        ...[...closes].sort(([, a], [, b]) => b - a),
        ['honest writes beside', alice.accepted],
        ['p99 of an honest write, calm', `${calmP99} ms`],
        ['p99 of an honest write, under attack', `${underAttackP99} ms`],
        ['heap before', megabytes(heapBefore)],
        ['heap after', megabytes(heapAfter)],
      ],
      faults: faults.all,
    }
  } finally {
    await alice?.stop()
    await node.kill()
    node.destroy()
  }
}

async function attack(
  url: string,
  frames: number,
  seed: number,
  closes: Map<string, number>,
  faults: Faults,
): Promise<void> {
  let thrown = 0
  const one = async (name: string): Promise<void> => {
    const dice = new Dice(seed, name)
    while (thrown < frames) {
      const { code, last, count } = await session(url, dice, name)
      thrown += count
      const said = code === 1005 || code === 1006 ? 'left open' : `closed: ${errorCodeFromClose(code) ?? code}`
      closes.set(said, (closes.get(said) ?? 0) + 1)
      if (said === 'closed: INTERNAL' || said === 'closed: STORE_FAILED') {
        const hex = Buffer.from(last.bytes.subarray(0, 200)).toString('hex')
        faults.add('SIM-FAULT-3', `${last.name} (${hex}) was answered by ${said}`)
      }
      if (dice.chance(0.05)) await noise(url, dice)
    }
  }
  await Promise.all(Array.from({ length: attackers }, (_, n) => one(`attacker ${n}`)))
}

interface SessionEnd {
  /** The number that it was closed with. */
  readonly code: number
  readonly last: NamedFrame
  /** Frames that were sent. */
  readonly count: number
}

/** One connection: a greeting, what comes after it, and the number it was closed with. */
async function session(url: string, dice: Dice, name: string): Promise<SessionEnd> {
  const socket = new WebSocket(url)
  socket.binaryType = 'nodebuffer'
  socket.on('error', () => undefined) // the close says it
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  await Promise.race([new Promise(resolve => socket.once('open', resolve)), closed])
  const chance = dice.fraction()
  const replica = `${name} ${dice.int(0, 5)}`
  const greeting =
    chance < 0.85
      ? { name: 'a hello', bytes: encodeClientMessage(hello(replica)) }
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
    last = hostileFrame(dice, next)
    // Text is no message of this protocol.
    if (dice.chance(0.01)) socket.send('hello?')
    else socket.send(last.bytes)
    if (dice.chance(0.3)) await sleep(0)
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
  const closed = new Promise(resolve => socket.once('close', resolve))
  const key = Buffer.from(dice.bytes(16)).toString('base64')
  const upgrade = `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
  if (dice.chance(0.5)) socket.write(upgrade)
  socket.end(dice.bytes(dice.int(1, 2_000)))
  await inTime(closed, 2_000)
  socket.destroy()
}
