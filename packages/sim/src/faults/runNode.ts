import { createNode } from '@tidemark/server'
import type { Log } from '@tidemark/server/testing'
import type { FromNode, ToNode } from './NodeChild.js'
import { type NodePlace, settingsAt } from './NodePlace.js'
import { access, userOf } from './rules.js'
import { commands, schema } from './schema.js'
import { CatchUpWitness } from './storm/CatchUpWitness.js'

/**
 * The program of the child process: a node at a place and a port (0: any), told what to do over the channel to its
 * parent. It stops when it is asked to terminate, and ends with its parent, whatever ends that.
 */
const [place = '', port = '0'] = process.argv.slice(2)
/** Nobody may be there any more to be told. */
const tell = (message: FromNode): void => void process.send?.(message, undefined, undefined, () => undefined)

const log: Log = {
  debug() {},
  info() {},
  warn() {},
  error: ({ error }, message) => tell({ kind: 'error', message: `${message}: ${error}` }),
  child: () => log,
}

process.once('disconnect', () => process.exit())
const catchUps = new CatchUpWitness()
const settings = settingsAt(JSON.parse(place) as NodePlace)
const node = await createNode({
  schema,
  commands,
  ...settings,
  store: catchUps.over(settings.store),
  authenticate: ({ token }) => userOf(token),
  access,
  log,
})
process.once('SIGTERM', () => void node.stop().then(() => process.exit()))
const { url } = await node.listen({ port: Number(port) })
process.on('message', ({ kind }: ToNode) => {
  switch (kind) {
    case 'heap':
      return tell({ kind, bytes: heapBytes() })
    case 'cpu':
      return tell({ kind, ms: cpuMs() })
    case 'memory':
      return tell({ kind, residentBytes: process.memoryUsage.rss(), mostResidentBytes: mostResidentBytes() })
    case 'catchUpReads':
      return tell({ kind, ...catchUps.take() })
  }
})
tell({ kind: 'ready', url })

/** Twice: what finalizers let go is freed by the second. */
function heapBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const mostResidentBytes = (): number => process.resourceUsage().maxRSS * 1024
