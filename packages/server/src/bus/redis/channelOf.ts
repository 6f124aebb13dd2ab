import { createHash } from 'node:crypto'
import { hash53 } from '@tidemark/core'
import type { Topic, TopicKind } from '../Bus.js'
import { slotOf } from './slotOf.js'

/**
 * A fixed number of partitions: all channels of one are in one slot of a Redis Cluster, so that many are
 * subscribed to in one command. Nodes of all versions must agree on it.
 */
const partitionCount = 1_024

const letterOf: Readonly<Record<TopicKind, string>> = { changes: 'c', presence: 'p', node: 'n', cluster: 'k' }

/** What a channel's name can hold as it is. Other keys go by a hash, which no key that goes as it is can look like. */
const plainKey = /^[\w.~:@-]{1,30}$/

/** `tm{9z}cacme`: prefix, partition in braces, kind, key. What belongs to one key is in one partition. */
export function channelOf(prefix: string, { kind, key }: Topic<TopicKind>): string {
  return `${prefix}{${partitionNames[hash53(key) % partitionCount]}}${letterOf[kind]}${plainKey.test(key) ? key : hashed(key)}`
}

/** A channel of one's own in a partition. */
export const pulseChannel = (prefix: string, partition: string, name: string): string =>
  `${prefix}{${partition}}!${name}`

/** The slot of a channel, by what stands in its braces. */
export function slotOfChannel(channel: string): number {
  const start = channel.indexOf('{') + 1
  return slotByPartition.get(channel.slice(start, channel.indexOf('}', start))) ?? 0
}

/** Some partition whose slot is among these. */
export function partitionIn(hasSlot: (slot: number) => boolean): string | undefined {
  return partitionNames.find(name => hasSlot(slotByPartition.get(name) as number))
}

const partitionNames = Array.from({ length: partitionCount }, (_, partition) => partition.toString(36))
const slotByPartition = new Map(partitionNames.map(name => [name, slotOf(name)]))

const hashed = (key: string): string => `#${createHash('sha256').update(key).digest('base64url').slice(0, 24)}`
