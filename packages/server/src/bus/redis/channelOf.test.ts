import { describe, expect, it } from 'vitest'
import { changesOf, nodeNamed, presenceOf, wholeCluster } from '../Bus.js'
import { channelOf, partitionIn, pulseChannel, slotOfChannel } from './channelOf.js'
import { slotCount, slotOf } from './slotOf.js'

describe('a channel', () => {
  it('[S-REDIS-8] has at most 40 characters, whatever its key', () => {
    const keys = [
      'acme',
      'V1StGXR8_Z5jdHi6B-myT',
      '3f0d6c1e-8f5e-4d0a-9d5e-2a',
      'x'.repeat(31),
      'ünï',
      '{a}',
      '',
      'a b',
    ]
    for (const key of keys) {
      expect(channelOf('tm', changesOf(key)), key).toMatch(/^[\x21-\x7e]{8,40}$/)
    }
  })

  it('[S-REDIS-8] is of one topic and one app', () => {
    const long = 'x'.repeat(31)
    const channels = [changesOf('a'), presenceOf('a'), nodeNamed('a'), wholeCluster, changesOf(''), changesOf(long)]
      .flatMap(topic => [channelOf('tm', topic), channelOf('other', topic)])
      .concat(channelOf('tm', changesOf(channelOf('', changesOf(long)))), pulseChannel('tm', '0', 'a'))
    expect(new Set(channels).size).toBe(channels.length)
  })

  it('[S-REDIS-8] stays what it is: nodes of all versions meet there', () => {
    expect(channelOf('tm', changesOf('acme'))).toBe('tm{36}cacme')
    expect(channelOf('tm', presenceOf('x'.repeat(40)))).toBe('tm{ms}p#vZE_9oJD1BuWEbJpDfvysPbk')
  })

  it('[S-REDIS-5] is in the slot that Redis Cluster computes, with all that belongs to its key', () => {
    // From the specification of Redis Cluster: the CRC of this text is 0x31c3.
    expect(slotOf('123456789')).toBe(0x31c3 % slotCount)
    expect(slotOfChannel(channelOf('tm', changesOf('a')))).toBe(slotOfChannel(channelOf('tm', presenceOf('a'))))
  })

  it('[S-REDIS-5] partitions are spread evenly: a third of the slots has about a third of them', () => {
    const shares = [0, 0, 0]
    for (let number = 0; number < 1_024; number++) {
      const share = Math.floor((slotOf(number.toString(36)) / slotCount) * 3)
      shares[share] = (shares[share] ?? 0) + 1
    }
    for (const share of shares) expect(share).toBeGreaterThan(300)
    expect(partitionIn(slot => slot < 100)).toBeDefined()
    expect(partitionIn(() => false)).toBeUndefined()
  })
})
