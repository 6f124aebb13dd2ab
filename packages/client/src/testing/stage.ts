import { systemClock, systemRandom } from '@tidemark/core'
import { createNode, memory, type NodeOptions } from '@tidemark/server'
import { type StartedNodes, startNodes } from '@tidemark/server/testing'
import { onTestFinished } from 'vitest'
import type { Client, ClientOptions } from '../Client.js'
import { createClientWith } from '../createClientWith.js'
import type { LiveStore } from '../LiveState.js'
import type { Platform } from '../platform/Platform.js'
import { plainSurroundings } from '../platform/Surroundings.js'
import { openWebSocket } from '../socket/WebSocketOpener.js'
import { MemoryStorage, ReplicaMemory } from '../storage/MemoryStorage.js'
import { MemoryTabs } from '../tabs/MemoryTabs.js'
import { soleLeadership } from '../tabs/soleTab.js'
import { buyTicket, cursors, schema } from './tracker.js'

interface User {
  readonly userId: string
}

type Options = Partial<NodeOptions<typeof schema, User>>

/** Starts so many nodes as one, with a memory store on a port of their own; whoever has a token is the user it names. */
export const nodeStarter =
  (nodeCount: number) =>
  async (options: Options = {}): Promise<StartedNodes> => {
    const started = await startNodes(nodeCount, shared =>
      createNode({
        schema,
        commands: [buyTicket],
        presence: [cursors],
        store: memory(),
        authenticate: ({ token }) => {
          if (token === null) throw new Error('no token')
          return { userId: token }
        },
        access: { workspace: () => 'write' },
        ...options,
        ...shared,
      }),
    )
    onTestFinished(() => started.stop())
    return started
  }

/** For what is about the client alone. */
export const startNode = nodeStarter(1)

/** A browser: a memory that outlives its clients, and the tabs on it. */
export class Browser {
  readonly memory = new ReplicaMemory()
  readonly #tabs: MemoryTabs | null

  constructor(options: { readonly hasTabs?: boolean } = {}) {
    this.#tabs = options.hasTabs ? new MemoryTabs() : null
  }

  open(
    userId: string,
    url: string,
    options: Partial<ClientOptions> & { readonly platform?: Partial<Platform> } = {},
  ): Client {
    const { platform, ...rest } = options
    const client = createClientWith(
      {
        schema,
        commands: [buyTicket],
        presence: [cursors],
        url,
        workspace: 'acme',
        userId,
        auth: () => userId,
        ...rest,
      },
      {
        clock: systemClock,
        random: systemRandom,
        openSocket: openWebSocket,
        surroundings: plainSurroundings,
        isDevelopment: true,
        openHome: () => ({
          storage: new MemoryStorage(systemRandom, this.memory),
          leadership: this.#tabs?.leadership() ?? soleLeadership(),
          channel: this.#tabs?.channel() ?? null,
          nameLock: name => this.#tabs?.leadership(name) ?? soleLeadership(),
        }),
        ...platform,
      },
    )
    onTestFinished(() => client.close())
    return client
  }
}

export function openClient(
  userId: string,
  url: string,
  options: Partial<ClientOptions> & { readonly platform?: Partial<Platform> } = {},
): Client {
  return new Browser().open(userId, url, options)
}

/** The first snapshot that fits; the store stays mounted until the test ends. */
export function until<T>(store: LiveStore<T>, fits: (snapshot: T) => boolean): Promise<T> {
  return new Promise(resolve => {
    const look = (): void => {
      const snapshot = store.getSnapshot()
      if (fits(snapshot)) resolve(snapshot)
    }
    onTestFinished(store.subscribe(look))
    look()
  })
}

/** Keeps a store mounted until the test ends. */
export function mount<T>(store: LiveStore<T>): LiveStore<T> {
  onTestFinished(store.subscribe(() => undefined))
  return store
}
