import type { NatMap, Redis, RedisOptions } from 'ioredis'
import type { RedisPlace } from './RedisPlace.js'
import { slotCount } from './slotOf.js'

export interface ClusterMaster {
  readonly address: RedisOptions
  hasSlot(slot: number): boolean
}

type SlotRange = readonly [first: number, last: number, master: readonly [host: string | null, port: number]]

/** Who has which slots, by whichever of the given nodes answers first. */
export async function clusterMasters(
  { addresses, natMap }: RedisPlace,
  connect: (address: RedisOptions) => Promise<Redis>,
): Promise<readonly ClusterMaster[]> {
  return Promise.any(
    addresses.map(async address => {
      const redis = await connect(address)
      const ranges = (await redis.cluster('SLOTS')) as unknown as readonly SlotRange[]
      redis.disconnect()
      return mastersIn(ranges, address, natMap)
    }),
  )
}

function mastersIn(ranges: readonly SlotRange[], seed: RedisOptions, natMap: NatMap | undefined): ClusterMaster[] {
  const slotsByNode = new Map<string, { readonly address: RedisOptions; readonly slots: Set<number> }>()
  let covered = 0
  for (const [first, last, [host, port]] of ranges) {
    // A node that does not know its own address leaves it out: it is the one that was asked.
    const place = mapped({ host: host || (seed.host ?? '127.0.0.1'), port }, natMap)
    const name = `${place.host}:${place.port}`
    const node = slotsByNode.get(name) ?? { address: { ...seed, ...place }, slots: new Set() }
    slotsByNode.set(name, node)
    for (let slot = first; slot <= last; slot++) node.slots.add(slot)
    covered += last - first + 1
  }
  if (covered < slotCount) throw new Error(`the cluster serves only ${covered} of ${slotCount} slots`)
  return [...slotsByNode.values()].map(({ address, slots }) => ({ address, hasSlot: slot => slots.has(slot) }))
}

function mapped(node: { readonly host: string; readonly port: number }, natMap: NatMap | undefined) {
  const name = `${node.host}:${node.port}`
  return (typeof natMap === 'function' ? natMap(name) : natMap?.[name]) ?? node
}
