import { act, cleanup, configure } from '@testing-library/react'
import { type Client, createClient, type Snapshot } from '@tidemark/client'
import { createServerClient } from '@tidemark/client/server'
import type { ListTarget, RecordTarget } from '@tidemark/core'
import { createNode, memory, type ServerWorkspace } from '@tidemark/server'
import { type StartedNodes, startNodes } from '@tidemark/server/testing'
import type { ReactNode } from 'react'
import { TidemarkProvider } from '../index.js'
import { buyTicket, cursors, schema, tasks } from './trialSchema.js'

// The bound is there for a hang: others may use the machine as well.
configure({ reactStrictMode: true, asyncUtilTimeout: 10_000 })

const workspace = 'acme'

/** Real nodes in memory behind a real socket, and the clients of a test. Nobody but alice writes titles with `!`. */
export class Trial {
  readonly #clients: Client[] = []

  private constructor(
    private readonly nodes: StartedNodes,
    private readonly url: string,
  ) {}

  static async start(nodeCount: number): Promise<Trial> {
    const nodes = await startNodes(nodeCount, shared =>
      createNode({
        schema,
        commands: [buyTicket],
        presence: [cursors],
        store: memory(),
        authenticate: ({ token }) => ({ userId: token ?? 'nobody' }),
        access: {
          workspace: () => 'write',
          collections: {
            tasks: {
              read: ({ userId }) => (userId === 'carol' ? tasks.where({ status: 'done' }) : 'all'),
              write: ({ userId }, { after }) => userId === 'alice' || !after?.title.includes('!') || 'do not shout',
            },
          },
        },
        ...shared,
      }),
    )
    return new Trial(nodes, nodes.url.replace(/^http/, 'ws'))
  }

  /** What the server itself does. */
  get server(): ServerWorkspace {
    return this.nodes.workspace(workspace)
  }

  /** What a server component reads for a user. A server is of no origin; happy-dom's `fetch` is a page's. */
  snapshot(token: string, targets: readonly (RecordTarget | ListTarget)[]): Promise<Snapshot> {
    const { happyDOM } = window as unknown as {
      happyDOM: { settings: { fetch: { disableSameOriginPolicy: boolean } } }
    }
    happyDOM.settings.fetch.disableSameOriginPolicy = true
    return createServerClient({ schema, url: this.url, workspace, token }).snapshot(targets)
  }

  client(userId: string): Client {
    const client = createClient({
      schema,
      commands: [buyTicket],
      presence: [cursors],
      url: this.url,
      workspace,
      userId,
      auth: () => userId,
      storage: 'memory',
    })
    this.#clients.push(client)
    return client
  }

  async stop(): Promise<void> {
    cleanup()
    await act(async () => {
      await Promise.all(this.#clients.map(client => client.close()))
      await this.nodes.stop()
    })
  }
}

/** For `render` and `renderHook`: the provider around what is tested. */
export function providerOf(client: Client) {
  return ({ children }: { readonly children?: ReactNode }) => (
    <TidemarkProvider client={client}>{children}</TidemarkProvider>
  )
}
