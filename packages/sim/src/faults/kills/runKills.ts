import 'fake-indexeddb/auto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dice } from '../../sim/world/Dice.js'
import { Faults, type PartResult } from '../Faults.js'
import { inTime } from '../inTime.js'
import { NodeChild } from '../NodeChild.js'
import { stocks } from '../schema.js'
import { judge } from './judge.js'
import { Ledger } from './Ledger.js'
import { type ReplicaReading, readReplica } from './ReplicaReading.js'
import { Writer } from './Writer.js'

const settleMs = 60_000
/** Who has more unsent than this waits: nobody types on for ever while nothing comes back. */
const mostPending = 300

interface KillOptions {
  readonly kills: number
  readonly seed: number
  readonly progress: (line: string) => void
}

/**
 * A node under the load of several clients is killed at random moments and started again, again and again. Then all is
 * healed, and the store is held against what everybody was told and is shown. [SIM-FAULT-1] [SIM-FAULT-2]
 */
export async function runKills({ kills, seed, progress }: KillOptions): Promise<PartResult> {
  const node = new NodeChild()
  const ledger = new Ledger()
  const faults = new Faults()
  const load = new AbortController()
  const writers: Writer[] = []
  try {
    await node.start()
    for (const userId of ['alice', 'bob', 'carol', 'dave', 'erin']) {
      const storage = userId === 'carol' ? 'indexeddb' : 'memory'
      writers.push(new Writer(userId, node.url, storage, new Dice(seed, userId), ledger))
    }
    const [alice, , carol] = writers as [Writer, Writer, Writer]
    await alice.client.insert(stocks, { id: 'beer', name: 'beer' }).outcome
    for (let n = 0; n < 5; n++) alice.insert()

    const pace = new Dice(seed, 'pace')
    const loads = Promise.all(writers.map(writer => keepWriting(writer, pace, load.signal)))
    loads.catch(() => undefined) // told where it is awaited
    const dice = new Dice(seed, 'kills')
    let reloads = 0
    for (let kill = 1; kill <= kills; kill++) {
      await somebodyIsOnline(writers)
      await sleep(dice.int(20, 1_500))
      await node.kill()
      if (kill % 2 === 1) {
        // What carol writes now stands nowhere but in her storage.
        for (let n = 0; n < 10; n++) carol.act()
        await carol.reload()
        reloads++
      }
      if (kill % 5 === 0 || kill === kills) progress(`${kill} of ${kills} kills, ${ledger.entries.length} writes`)
      await node.start()
      // Some press the button, the others come by themselves when they have waited long enough.
      for (const writer of writers) if (dice.chance(0.5)) writer.reconnect()
    }
    load.abort()
    await loads

    for (const writer of writers) writer.reconnect()
    const replicas = await settledReplicas(writers, ledger, faults)
    progress(`${ledger.entries.length} writes, all settled`)
    await node.stop()
    const store = await node.read()
    judge(ledger, store, replicas, faults)
    for (const error of node.errors) faults.add('G10', `a node failed at something: ${error}`)
    return {
      title: 'kills',
      figures: [
        ['kills', node.starts - 1],
        ['writes', ledger.entries.length],
        ['accepted', ledger.count('accepted')],
        ['rejected', ledger.count('rejected')],
        ['taken back', ledger.count('cancelled')],
        ['reloads', reloads],
        ['not told before a reload', ledger.count('forsaken')],
        ['pieces of text typed', ledger.typed.length],
        ['changes in the log', store.head],
      ],
      faults: faults.all,
    }
  } finally {
    load.abort()
    await Promise.all(writers.map(writer => writer.close()))
    await node.kill()
    node.destroy()
  }
}

async function keepWriting(writer: Writer, dice: Dice, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (writer.client.status.getSnapshot().pending < mostPending) writer.act()
    await sleep(dice.int(2, 30))
  }
}

/** A node that nobody has come back to has nothing to lose. */
async function somebodyIsOnline(writers: readonly Writer[]): Promise<void> {
  const patience = Date.now() + 10_000
  while (!writers.some(({ isOnline }) => isOnline) && Date.now() < patience) await sleep(5)
}

/** All are done first, then all are read: what one still sends, the others are to show. */
async function settledReplicas(
  writers: readonly Writer[],
  ledger: Ledger,
  faults: Faults,
): Promise<readonly ReplicaReading[]> {
  const isSettled = await Promise.all(
    writers.map(({ client }) =>
      inTime(
        client.settled().then(() => true),
        settleMs,
      ),
    ),
  )
  for (const [index, { client, userId }] of writers.entries()) {
    if (isSettled[index]) continue
    const { connection, pending } = client.status.getSnapshot()
    faults.add('L1', `${userId} does not settle: ${connection}, ${pending} pending`)
  }
  const noteIds = new Set(ledger.typed.map(({ id }) => id))
  const replicas = await Promise.all(writers.map(writer => inTime(readReplica(writer, noteIds), settleMs)))
  return replicas.filter((replica, index) => {
    if (replica === undefined) faults.add('L1', `${writers[index]?.userId} does not get all that it shows`)
    return replica !== undefined
  }) as ReplicaReading[]
}
