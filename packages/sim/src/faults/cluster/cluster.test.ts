import { once } from 'node:events'
import { describeWithServers } from '@tidemark/server/testing/describeWithServers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { Faults } from '../Faults.js'
import { judgeHistory, type Step } from './History.js'
import { missingServers } from './missingServers.js'
import { pausesOf } from './Pauses.js'
import { RealCluster } from './RealCluster.js'
import { runCluster } from './runCluster.js'

const progress = (): void => undefined
const processesMs = 180_000

describeWithServers('three nodes of a cluster', missingServers(), () => {
  it('[SIM-FAULT-9] of which one is killed lose nothing', { timeout: processesMs }, async () => {
    const { figures, faults } = await runCluster({ kills: 1, seed: 1, only: ['kill -9 a node'], progress })
    expect(faults).toEqual([])
    expect(Object.fromEntries(figures)).toMatchObject({ faults: 1, nodes: 3 })
  })

  it('[SIM-FAULT-10] of which one is paused commit in one order', { timeout: processesMs }, async () => {
    const { faults } = await runCluster({ kills: 2, seed: 1, only: ['pause a node'], progress })
    expect(faults).toEqual([])
  })

  it('[SIM-FAULT-11] have one body for their stock providers', { timeout: processesMs }, async () => {
    const cluster = await RealCluster.start({ nodes: 3, leaseMs: 3_000 })
    onTestFinished(() => cluster.destroy())
    const texts = cluster.members.map(({ node }, index) => {
      const doc = new Y.Doc()
      const provider = new WebsocketProvider(`${node.url.replace('http', 'ws')}/yjs/acme/pages`, 'p1', doc, {
        params: { token: ['alice', 'bob', 'carol'][index] as string },
        WebSocketPolyfill: WebSocket as never,
        disableBc: true,
      })
      onTestFinished(() => provider.destroy())
      return { text: doc.getText('notes'), synced: once(provider as never, 'synced') }
    })
    await Promise.all(texts.map(({ synced }) => synced))
    for (const [index, { text }] of texts.entries()) for (let n = 0; n < 10; n++) text.insert(0, `${index}`)
    await Promise.all(texts.map(({ text }) => lengthOf(text, 30)))
    expect(new Set(texts.map(({ text }) => text.toString())).size).toBe(1)
  })
})

async function lengthOf(text: Y.Text, length: number): Promise<void> {
  await new Promise<void>(resolve => {
    const look = (): void => {
      if (text.length < length) return
      text.unobserve(look)
      resolve()
    }
    text.observe(look)
    look()
  })
}

describe('[SIM-FAULT-10] the judge of a history', () => {
  const step = (first: number, last: number, epoch: number, writer: string): Step => {
    return { workspace: 'acme', first, last, epoch, writer, atMs: first * 1_000 }
  }
  const broken = (...steps: Step[]): string[] => {
    const faults = new Faults()
    judgeHistory(steps, faults)
    return faults.all.map(({ message }) => message)
  }

  it('has nothing to say where one owner follows another', () => {
    expect(broken(step(1, 2, 1, 'a'), step(3, 3, 1, 'a'), step(4, 9, 2, 'b'))).toEqual([])
  })

  it.each([
    ['a hole', [step(1, 2, 1, 'a'), step(4, 4, 1, 'a')], 'acme 4–4 follows 2'],
    ['a repeat', [step(1, 2, 1, 'a'), step(2, 2, 1, 'a')], 'acme 2–2 follows 2'],
    [
      'an epoch that goes back',
      [step(1, 1, 2, 'b'), step(2, 2, 1, 'a')],
      'acme 2–2 was committed under epoch 1, after one under 2',
    ],
    [
      'an owner that does not know that it is none',
      [step(1, 1, 2, 'b'), step(2, 2, 2, 'a')],
      "acme 2–2 was committed by a in epoch 2, which is b's",
    ],
  ])('sees %s', (_, steps, message) => {
    expect(broken(...steps)).toEqual([message])
  })

  it('tells how long writes paused when a node was killed, where it was the owner', () => {
    const steps = [
      step(1, 1, 1, 'a'),
      step(2, 2, 1, 'a'),
      step(5, 5, 2, 'b'),
      { ...step(9, 9, 1, 'c'), workspace: 'z' },
    ]
    const killed = { name: 'kill -9 a node', life: 'a', fromMs: 2_100, toMs: 3_000 } as const
    expect(pausesOf(steps, [killed])).toContainEqual(['pause: kill -9 a node', '3000 ms, worst 3000 (1)'])
  })
})
