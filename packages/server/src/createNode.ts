import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type AnyCommand,
  isTidemarkError,
  randomId,
  type SchemaDef,
  schemaModelOf,
  systemRandom,
  TidemarkError,
} from '@tidemark/core'
import { Access, type Rules } from './access/Access.js'
import type { BaseUser } from './access/AccessRules.js'
import { inProcess } from './bus/InProcessBus.js'
import { defaultLimits } from './limits.js'
import { createLog } from './log/createLog.js'
import { PromMetrics } from './metrics/PromMetrics.js'
import { NodeCore } from './NodeCore.js'
import type { NodeOptions, TidemarkNode } from './NodeOptions.js'
import { NodeSockets } from './socket/NodeSockets.js'
import { systemScheduler } from './socket/Scheduler.js'
import { sqlite } from './store/sqlite/SqliteStore.js'
import { NodeWorkspace } from './workspace/NodeWorkspace.js'

/** Starts a node: opens its store and bus and takes its shards. It serves nobody before `listen` or `attach`. */
export async function createNode<const S extends SchemaDef, U extends BaseUser>(
  options: NodeOptions<S, U>,
): Promise<TidemarkNode> {
  const schema = schemaModelOf(options.schema)
  const log = options.log ?? createLog({ level: process.env.TIDEMARK_LOG ?? 'warn' })
  const metrics = new PromMetrics()
  const limits = { ...defaultLimits, ...options.limits }
  const store = await (options.store ?? sqlite('./.tidemark')).open(schema)
  const bus = await (options.bus ?? inProcess()).open()
  const rules: Rules = {
    workspace: options.access.workspace as Rules['workspace'],
    collections: (options.access.collections ?? {}) as Rules['collections'],
  }
  const node = new NodeCore({
    name: randomId(systemRandom),
    store,
    bus,
    scheduler: systemScheduler,
    random: systemRandom,
    log,
    metrics,
    limits,
    shardCount: 1,
    bench: {
      schema,
      access: new Access(schema, rules),
      commandByName: new Map((options.commands ?? []).map((command: AnyCommand) => [command.name, command])),
    },
    authenticate: async (token, headers) => {
      try {
        return await options.authenticate({ token, request: { headers } })
      } catch (error) {
        throw isTidemarkError(error) ? error : new TidemarkError('UNAUTHORIZED', undefined, { cause: error })
      }
    },
  })
  return new RunningNode(node)
}

class RunningNode implements TidemarkNode {
  readonly #sockets: NodeSockets
  readonly #servers = new Set<Server>()

  constructor(private readonly node: NodeCore) {
    this.#sockets = new NodeSockets(node)
  }

  async listen({ port, host = '127.0.0.1' }: { readonly port: number; readonly host?: string }): Promise<{
    readonly url: string
  }> {
    const server = createServer((_request, response) => {
      response.writeHead(404).end()
    })
    this.attach(server)
    this.#servers.add(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => reject(listenError(error, port)))
      server.listen(port, host, resolve)
    })
    const address = server.address()
    const actual = typeof address === 'object' && address !== null ? address.port : port
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}` }
  }

  attach(server: object): void {
    ;(server as Server).on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#sockets.upgrade(request, socket, head)
    })
  }

  workspace(id: string): NodeWorkspace {
    return new NodeWorkspace(this.node, id)
  }

  async stop(): Promise<void> {
    await this.node.stop()
    this.#sockets.close()
    await Promise.all([...this.#servers].map(server => new Promise(resolve => server.close(resolve))))
  }
}

function listenError(error: Error, port: number): Error {
  const isTaken = 'code' in error && error.code === 'EADDRINUSE'
  return isTaken ? new TidemarkError('PORT_TAKEN', `Port ${port} is taken: stop what listens there, or choose another.`) : error
}
