import { setImmediate } from 'node:timers/promises'
import {
  decodeClientFrame,
  decodeNodeFrame,
  encodeClientMessage,
  errorCodeFromClose,
  schemaModelOf,
  schemaTableOf,
  systemRandom,
} from '@tidemark/core'
import { defaultLimits } from '@tidemark/server'
import {
  Access,
  InProcessBus,
  type Log,
  MemoryDisk,
  memory,
  NodeCore,
  NodeWorkspace,
  noMetrics,
  type Rules,
  type Scheduler,
  type ServerSocket,
  type SessionRunner,
} from '@tidemark/server/testing'
import { Dice } from '../../sim/world/Dice.js'
import { Faults, type PartResult } from '../Faults.js'
import { access, userOf } from '../rules.js'
import { readStore } from '../StoreReading.js'
import { commands, schema, stocks, workspace } from '../schema.js'
import { forcedHeapBytes } from './forcedHeap.js'
import { hello, numbered } from './honestMessages.js'
import { damagedHello, hostileFrame, hostileHello, type NamedFrame } from './hostileFrame.js'
import { judgeStored } from './judgeStored.js'
import { megabytes } from './megabytes.js'

const sessionsPerWave = 32
const framesPerSession = 12
const tendEvery = 100
/** The log is not what is looked at here. */
const retention = { ...defaultLimits, logAgeMs: 0, logBytes: 1 << 20 }
const model = schemaModelOf(schema)
const table = schemaTableOf(model)

interface AttackOptions {
  readonly frames: number
  readonly seed: number
  readonly progress: (line: string) => void
}

/** Throws frames at a node without sockets: decoder, sessions, authority and store are the real ones. [SIM-FAULT-3] */
export async function attackInProcess({ frames, seed, progress }: AttackOptions): Promise<PartResult> {
  const faults = new Faults()
  const dice = new Dice(seed, 'frames')
  const store = await memory(new MemoryDisk()).open(model)
  const timers = new Set<NodeJS.Timeout>()
  const node = new NodeCore({
    name: 'node',
    store,
    bus: new InProcessBus(),
    scheduler: schedulerWith(timers),
    random: systemRandom,
    log: logInto(faults),
    metrics: noMetrics,
    // Whoever is sent away for what was said before does not say it.
    limits: { ...defaultLimits, hotRecords: 1_000, hotBodies: 100, faultsPerMinute: Number.MAX_SAFE_INTEGER },
    shardCount: 1,
    bench: {
      schema: model,
      access: new Access(model, access as unknown as Rules),
      commandByName: new Map(commands.map(command => [command.name, command])),
    },
    authenticate: async token => userOf(token),
  })
  await new NodeWorkspace(node, workspace).insert(stocks, { id: 'beer', name: 'beer' })
  await takeReplica(node)
  const tally = new Map<string, number>()
  const count = (name: string): void => void tally.set(name, (tally.get(name) ?? 0) + 1)
  let thrown = 0
  let heapBefore = 0
  let saidAt = Date.now()
  for (let wave = 0; thrown < frames; wave++) {
    const attackers: Attacker[] = []
    for (let n = 0; n < sessionsPerWave && thrown < frames; n++) {
      const attacker = new Attacker(node, `r${(wave * sessionsPerWave + n) % 256}`, dice, faults)
      attackers.push(attacker)
      count(attacker.greet())
      thrown++
    }
    for (let turn = 0; turn < 50 && attackers.some(({ isWaiting }) => isWaiting); turn++) await setImmediate()
    for (let round = 0; round < framesPerSession; round++) {
      for (const attacker of attackers) {
        if (!attacker.isOpen || thrown >= frames) continue
        count(attacker.attack())
        thrown++
      }
      await setImmediate()
    }
    await node.authorities.drained()
    for (const attacker of attackers) count(attacker.end())
    if (wave % tendEvery === 0) await store.tend(retention, Date.now())
    if (heapBefore === 0 && thrown > frames / 10) heapBefore = forcedHeapBytes()
    if (Date.now() - saidAt > 5_000) {
      saidAt = Date.now()
      progress(`${thrown} of ${frames} frames`)
    }
  }
  await store.tend(retention, Date.now())
  const reading = await readStore(store, workspace)
  judgeStored(reading, faults)
  const heapAfter = forcedHeapBytes()
  await node.stop()
  for (const timer of timers) clearTimeout(timer)
  const closes = [...tally].filter(([name]) => name.startsWith('closed: ')).sort(([, a], [, b]) => b - a)
  return {
    title: 'hostile frames, in process',
    figures: [
      ['frames', thrown],
      ['kinds of frames', tally.size - closes.length],
      ...closes,
      ['left open', tally.get('left open') ?? 0],
      ['changes committed', reading.head],
      ['heap after a tenth', megabytes(heapBefore)],
      ['heap at the end', megabytes(heapAfter)],
    ],
    faults: faults.all,
  }
}

/** Carol has a replica of this name. */
async function takeReplica(node: NodeCore): Promise<void> {
  const carol = new Attacker(node, 'of carol', new Dice(0, 'carol'), new Faults())
  carol.throw({ name: 'a hello', bytes: encodeClientMessage(hello('of carol')) })
  while (carol.isWaiting) await setImmediate()
  const entry = numbered(new Dice(0, 'carol'), 1, { kind: 'void' })
  carol.throw({ name: 'a push', bytes: encodeClientMessage({ type: 'push', answered: 0, mutations: [entry] }) })
  await node.authorities.drained()
  carol.end()
}

/** A session of somebody who means ill, or has a broken client. */
class Attacker implements ServerSocket {
  readonly bufferedBytes = 0
  readonly #session: SessionRunner
  #mayCome = true
  #state: 'greeting' | 'open' | 'closed' = 'greeting'
  #closedWith = ''
  #next = 1
  #last: NamedFrame = { name: 'nothing', bytes: new Uint8Array() }

  constructor(
    node: NodeCore,
    private readonly replica: string,
    private readonly dice: Dice,
    private readonly faults: Faults,
  ) {
    this.#session = node.connected(this, {})
  }

  get isWaiting(): boolean {
    return this.#state === 'greeting'
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  greet(): string {
    const { dice, replica } = this
    const chance = dice.fraction()
    this.#mayCome = chance < 0.92
    if (chance < 0.84) return this.throw({ name: 'a hello', bytes: encodeClientMessage(hello(replica)) })
    return this.throw(this.#mayCome ? damagedHello(dice) : hostileHello(dice))
  }

  attack(): string {
    const frame = hostileFrame(this.dice, this.#next)
    this.throw(frame)
    if (this.isOpen) this.#next = nextAfter(frame.bytes, this.#next)
    return frame.name
  }

  end(): string {
    this.#session.disconnected()
    return this.#state === 'closed' ? `closed: ${this.#closedWith}` : 'left open'
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'greeting') return
    const [welcome] = decodeNodeFrame(bytes, table)
    if (welcome?.type !== 'welcome') return
    this.#state = 'open'
    this.#next = (welcome.lastNumber ?? 0) + 1
    if (!this.#mayCome) this.faults.add('G11', `${this.#last.name} was let in`)
  }

  onDrain(): void {}

  close(number: number): void {
    const code = errorCodeFromClose(number)
    this.#state = 'closed'
    this.#closedWith = code ?? String(number)
    if (code === undefined || code === 'INTERNAL' || code === 'STORE_FAILED') {
      this.faults.add('SIM-FAULT-3', `${described(this.#last)} was answered by ${this.#closedWith}`)
    }
  }

  throw(frame: NamedFrame): string {
    this.#last = frame
    try {
      this.#session.received(frame.bytes)
    } catch (error) {
      this.faults.add('SIM-FAULT-3', `${described(frame)} threw ${error}`)
    }
    return frame.name
  }
}

/** So that it can be thrown again by hand. */
const described = ({ name, bytes }: NamedFrame): string =>
  `${name} (${Buffer.from(bytes.subarray(0, 200)).toString('hex')})`

/** The number that comes next if the node took what was sent. */
function nextAfter(bytes: Uint8Array, next: number): number {
  try {
    for (const message of decodeClientFrame(bytes)) {
      if (message.type !== 'push') continue
      for (const { number } of message.mutations) if (number === next) next++
    }
  } catch {
    // Then it took none.
  }
  return next
}

function logInto(faults: Faults): Log {
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: ({ error }, message) => {
      const stack = error instanceof Error ? error.stack?.split('\n').slice(0, 4).join(' ') : error
      faults.add('SIM-FAULT-3', `the node logged "${message}": ${stack}`)
    },
    child: () => log,
  }
  return log
}

/** The system's, with timers that can all be ended. */
function schedulerWith(timers: Set<NodeJS.Timeout>): Scheduler {
  return {
    now: () => Date.now(),
    after: (ms, fn) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        fn()
      }, ms)
      timers.add(timer)
      return () => {
        timers.delete(timer)
        clearTimeout(timer)
      }
    },
    soon: fn => void globalThis.setImmediate(fn),
    watchLoop: () => () => 0,
  }
}
