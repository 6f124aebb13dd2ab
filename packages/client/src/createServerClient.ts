import { isErrorCode, type QueryRow, schemaModelOf, TidemarkError } from '@tidemark/core'
import type { SnapshotContent } from './query/Hydration.js'
import { targetWatches } from './query/targetWatches.js'
import type { ServerClient, ServerClientOptions, Snapshot } from './Snapshot.js'

/** Reads for a server-rendered page: one request, everything as of one moment, nothing kept. */
export function createServerClient({ schema, url, workspace, token }: ServerClientOptions): ServerClient {
  const model = schemaModelOf(schema)
  return {
    async snapshot(targets): Promise<Snapshot> {
      const asked = targets.map(target => {
        const [found] = targetWatches(model, target)
        if (found === undefined) throw new TidemarkError('INVALID', 'A snapshot is of records and lists.')
        return { target, ...found }
      })
      const { head, results } = await post(
        new URL(`v1/${encodeURIComponent(workspace)}/snapshot`, httpBase(url)),
        token,
        {
          // One row more than is shown says whether there are more.
          targets: asked.map(({ target, limit }) =>
            'list' in target && limit !== null ? { ...target, list: { ...target.list, limit: limit + 1 } } : target,
          ),
        },
      )
      const views: Record<string, SnapshotContent['views'][string]> = {}
      for (const [index, { target, watch, limit }] of asked.entries()) {
        const result = results[index]
        const rows = (Array.isArray(result) ? result : result ? [result] : []) as readonly QueryRow[]
        const key = 'list' in target ? `${watch.key} ${limit}` : watch.key
        const hasMore = limit !== null && rows.length > limit
        views[key] = { rows: hasMore ? rows.slice(0, limit) : rows, hasMore }
      }
      return { '~snapshot': JSON.stringify({ seq: head, views } satisfies SnapshotContent) }
    },
  }
}

async function post(
  address: URL,
  token: string | null,
  body: object,
): Promise<{ readonly head: number; readonly results: readonly unknown[] }> {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
    cache: 'no-store',
  })
  if (response.ok) return (await response.json()) as { head: number; results: unknown[] }
  const said = (await response.json().catch(() => ({}))) as { code?: unknown; message?: unknown }
  const code = typeof said.code === 'string' && isErrorCode(said.code) ? said.code : 'INTERNAL'
  throw new TidemarkError(code, typeof said.message === 'string' ? said.message : undefined)
}

/** The address of the node for requests: `ws` is the `http` of the same place. */
function httpBase(url: string): URL {
  const base = new URL(url)
  base.protocol = base.protocol.replace('ws', 'http')
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}
