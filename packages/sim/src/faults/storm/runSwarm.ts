import { setPriority } from 'node:os'
import { LightClient } from './LightClient.js'
import { type Place, placeOf } from './rooms.js'
import type { FromSwarm, SwarmOrder, SwarmReport, ToSwarm } from './Swarm.js'

/** The program of the swarm's process: does what it is told over the channel to its parent, and ends with it. */

/** So many come at a time at first: that is not the storm. */
const comingAtOnce = 50

// What is looked at is the nodes, not who gets the processors.
setPriority(19)
const tell = (message: FromSwarm): void => void process.send?.(message)

let urls: readonly string[] = []
const members: Member[] = []

process.once('disconnect', () => process.exit())
process.on('message', (message: ToSwarm) => {
  switch (message.kind) {
    case 'come':
      void come(message).then(() => tell({ kind: 'came' }))
      break
    case 'serving':
      urls = message.urls
      break
    case 'return':
      void returned().then(report => tell({ kind: 'returned', ...report }))
      break
    case 'compare':
      tell({ kind: 'compared', different: members.filter(({ client }) => !client.shows(message.digests)).length })
      break
    case 'leave':
      for (const { client } of members) client.close()
      tell({ kind: 'left' })
  }
})

async function come({ url, clients, rooms }: SwarmOrder): Promise<void> {
  urls = [url]
  const turns = async (): Promise<void> => {
    while (members.length < clients) {
      const member = new Member(placeOf(members.length, rooms))
      members.push(member)
      await member.caughtUp
    }
  }
  await Promise.all(Array.from({ length: comingAtOnce }, turns))
}

async function returned(): Promise<SwarmReport> {
  await Promise.all(members.map(member => member.returned))
  return {
    backAfterMs: members.map(({ backAfterMs }) => backAfterMs),
    dials: members.reduce((sum, { dials }) => sum + dials, 0),
    lacking: members.filter(({ hasLacked }) => hasLacked).length,
    whole: members.filter(({ wasSentAll }) => wasSentAll).length,
  }
}

/** One of them: it comes, loses its connection, and returns. */
class Member {
  #hasCome!: () => void
  #hasReturned!: () => void
  readonly client: LightClient
  readonly caughtUp = new Promise<void>(resolve => {
    this.#hasCome = resolve
  })
  readonly returned = new Promise<void>(resolve => {
    this.#hasReturned = resolve
  })
  backAfterMs = 0
  /** Since it lost its connection. */
  dials = 0
  hasLacked = false
  wasSentAll = false
  #lostAt: number | null = null

  constructor(place: Place) {
    this.client = new LightClient(place, () => this.#dial(), {
      caughtUp: ({ pieces, isWhole }) => {
        this.#hasCome()
        if (this.#lostAt === null) return
        this.hasLacked ||= pieces > 0
        this.wasSentAll ||= isWhole
        this.backAfterMs ||= performance.now() - this.#lostAt
        this.#hasReturned()
      },
      lost: () => {
        this.#lostAt ??= performance.now()
      },
    })
  }

  /** Anywhere that somebody serves. */
  #dial(): string {
    if (this.#lostAt !== null) this.dials++
    return urls[Math.floor(Math.random() * urls.length)] ?? ''
  }
}
