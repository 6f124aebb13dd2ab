import { afterEach, describe, expect, it } from 'vitest'
import { BroadcastTabChannel } from './BroadcastTabChannel.js'

describe('BroadcastTabChannel', () => {
  const channels: BroadcastTabChannel[] = []
  const open = (name: string) => {
    const channel = new BroadcastTabChannel(name)
    channels.push(channel)
    return channel
  }
  afterEach(() => {
    for (const channel of channels.splice(0)) channel.close()
  })

  it('[CL-TABS-2] the other tabs of a replica hear what one posts, in order; it does not hear itself', async () => {
    const [alice, bob, other] = [open('one'), open('one'), open('two')]
    const heard: unknown[] = []
    alice.receive(message => heard.push(['alice', message]))
    other.receive(message => heard.push(['other', message]))
    const last = new Promise<void>(resolve => {
      bob.receive(message => {
        heard.push(['bob', message])
        if (message === 'last') resolve()
      })
    })
    alice.post({ bytes: new Uint8Array([1, 2]) })
    alice.post('last')
    await last
    expect(heard).toEqual([
      ['bob', { bytes: new Uint8Array([1, 2]) }],
      ['bob', 'last'],
    ])
  })
})
