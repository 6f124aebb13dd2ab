import { type AnyCommand, systemRandom } from '@tidemark/core'
import type { NodeCore } from './NodeCore.js'
import type { NodePort } from './NodePort.js'

/** A node as its doors see it. */
export function nodePortOf(node: NodeCore, commandByName: ReadonlyMap<string, AnyCommand>): NodePort {
  return {
    schema: node.schema,
    access: node.access,
    commandByName,
    limits: node.limits,
    clock: node.scheduler,
    random: systemRandom,
    log: node.log,
    metrics: node.metrics,
    get isReady() {
      return node.isReady
    },
    reachesStore: () => node.reachesStore(),
    authenticate: (token, headers) => node.authenticate(token, headers),
    read: (workspace, reads) => node.store.read(workspace, reads),
    submit: (workspace, task) => node.submit(workspace, task),
    waitingCount: workspace => node.waitingCount(workspace),
    listen: (workspace, listener) => node.gateways.listen(workspace, listener),
    accessChanged: async (workspace, subject) => {
      await node.ask(workspace, { kind: 'access', subject })
    },
    presence: node.presence,
    faultRate: node.faultRate,
  }
}
