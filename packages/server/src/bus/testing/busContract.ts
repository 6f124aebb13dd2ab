import type { Envelope } from '@tidemark/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bus, type BusPresence, changesOf, nodeNamed, presenceOf, type Topic, wholeCluster } from '../Bus.js'

/** Two nodes' buses on one medium; of a bus that is a cluster of one, twice the same. */
export interface BusesUnderTest {
  readonly alice: Bus
  readonly bob: Bus
  remove(): Promise<void>
}

const acme = changesOf('acme')

const envelopeTo = (to: number): Envelope => ({
  workspace: 'acme',
  epoch: 3,
  from: to - 1,
  to,
  changes: [
    { kind: 'body', seq: to, userId: 'alice', at: 7, collection: 'tasks', id: 'r1', update: Uint8Array.of(0, 255) },
  ],
  answers: [{ replica: 'r', answer: { number: to, status: 'accepted' } }],
})
const presence: BusPresence = { scope: 'presence/x', state: Uint8Array.of(0, 10, 13, 255), from: 's', userId: 'alice' }
const last: BusPresence = { ...presence, from: 'last' }

/** What every bus must do while its medium is well. `setUp` gives buses that nobody has used, and that are up. */
export function busContract(setUp: () => Promise<BusesUnderTest>): void {
  let place: BusesUnderTest
  let alice: Bus
  let bob: Bus

  beforeEach(async () => {
    place = await setUp()
    ;({ alice, bob } = place)
  })

  afterEach(async () => {
    await alice.close()
    await bob.close()
    await place.remove()
  })

  /** The positions that reach this bus in the workspace, from now on. */
  async function positionsAt(bus: Bus, topic = acme) {
    const positions: number[] = []
    const { started, stop } = bus.subscribe(topic, ({ to }) => positions.push(to))
    await started
    return { positions, stop }
  }

  /** What was published on the topic before has arrived where it will: a last message of the same key has. */
  async function delivered(from: Bus, at: Bus, { key }: Topic<'changes'> = acme): Promise<void> {
    let arrived: () => void = () => undefined
    const arrival = new Promise<void>(resolve => {
      arrived = resolve
    })
    const { started, stop } = at.subscribe(presenceOf(key), arrived)
    await started
    from.publish(presenceOf(key), last)
    await arrival
    stop()
  }

  describe('messages', () => {
    it('[S-BUS-1] of one publisher on one topic come in order, once each', async () => {
      const { positions } = await positionsAt(bob)
      const sent = Array.from({ length: 500 }, (_, index) => index + 1)
      for (const to of sent) alice.publish(acme, envelopeTo(to))
      await delivered(alice, bob)
      expect(positions).toEqual(sent)
    })

    it('[S-BUS-2] reach every node that has subscribed, the publisher too', async () => {
      const atAlice = await positionsAt(alice)
      const atBob = await positionsAt(bob)
      alice.publish(acme, envelopeTo(1))
      await delivered(alice, alice)
      await delivered(alice, bob)
      expect([atAlice.positions, atBob.positions]).toEqual([[1], [1]])
    })

    it('[S-BUS-3] reach nobody who has not subscribed to their topic', async () => {
      const { positions } = await positionsAt(bob, changesOf('beta'))
      const { started } = bob.subscribe(presenceOf('acme'), () => undefined)
      await started
      alice.publish(acme, envelopeTo(1))
      alice.publish(changesOf('bet'), envelopeTo(1))
      alice.publish(presenceOf('beta'), presence)
      await delivered(alice, bob)
      await delivered(alice, bob, changesOf('beta'))
      expect(positions).toEqual([])
    })

    it('[S-BUS-4] of every kind come as they were, whatever the bytes', async () => {
      const bytes = Uint8Array.from({ length: 1_000 }, (_, index) => index % 256)
      const came: unknown[] = []
      const keys = ['acme', 'ünï/{x} \n', 'x'.repeat(300), '']
      const subscriptions = keys.flatMap(key => [
        bob.subscribe(changesOf(key), message => came.push(message)),
        bob.subscribe(presenceOf(key), message => message.from !== last.from && came.push(message)),
        bob.subscribe(nodeNamed(key), message => came.push(message)),
      ])
      subscriptions.push(bob.subscribe(wholeCluster, message => came.push(message)))
      await Promise.all(subscriptions.map(({ started }) => started))
      const sent: unknown[] = []
      for (const key of keys) {
        const envelope = { ...envelopeTo(1), workspace: key }
        alice.publish(changesOf(key), envelope)
        alice.publish(presenceOf(key), presence)
        alice.publish(nodeNamed(key), bytes)
        sent.push(envelope, presence, bytes)
      }
      alice.publish(wholeCluster, new Uint8Array())
      sent.push(new Uint8Array())
      for (const key of keys) await delivered(alice, bob, changesOf(key))
      await delivered(alice, bob, changesOf(wholeCluster.key))
      expect(came).toHaveLength(sent.length)
      expect(came).toEqual(expect.arrayContaining(sent))
    })
  })

  describe('a subscription', () => {
    it('[S-BUS-5] that has started gets everything published from then on', async () => {
      for (let round = 1; round <= 20; round++) {
        const topic = changesOf(`workspace ${round}`)
        const { positions } = await positionsAt(bob, topic)
        alice.publish(topic, envelopeTo(round))
        await delivered(alice, bob, topic)
        expect(positions).toEqual([round])
      }
    })

    it('[S-BUS-6] that was stopped gets nothing more, and others of the topic go on', async () => {
      const stopped = await positionsAt(bob)
      const other = await positionsAt(bob)
      stopped.stop()
      alice.publish(acme, envelopeTo(1))
      await delivered(alice, bob)
      expect([stopped.positions, other.positions]).toEqual([[], [1]])
      other.stop()
      stopped.stop()
      const again = await positionsAt(bob)
      alice.publish(acme, envelopeTo(2))
      await delivered(alice, bob)
      expect([stopped.positions, other.positions, again.positions]).toEqual([[], [1], [2]])
    })

    it('[S-BUS-6] can be stopped and made again in the same turn', async () => {
      const { stop } = await positionsAt(bob)
      stop()
      const { positions, stop: stopSecond } = await positionsAt(bob)
      const third = positionsAt(bob)
      stopSecond()
      await third
      alice.publish(acme, envelopeTo(1))
      await delivered(alice, bob)
      expect(positions).toEqual([])
      expect((await third).positions).toEqual([1])
    })
  })

  it('[S-BUS-7] who watches is told at once how it is, and no more after it has stopped', async () => {
    const told: boolean[] = []
    const stop = alice.watch(isUp => told.push(isUp))
    expect(told).toEqual([true])
    stop()
    await alice.close()
    expect(told).toEqual([true])
  })

  it('[S-BUS-8] a closed bus loses what is published, and does not throw', async () => {
    const { positions } = await positionsAt(bob)
    alice.publish(acme, envelopeTo(1))
    await alice.close()
    await bob.close()
    expect(() => alice.publish(acme, envelopeTo(2))).not.toThrow()
    await bob.subscribe(acme, ({ to }) => positions.push(to)).started
    expect(positions).not.toContain(2)
  })
}
