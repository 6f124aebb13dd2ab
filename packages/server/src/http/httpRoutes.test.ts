import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { collection, command, decided, defineSchema, openCollection } from '@tidemark/core'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createNode } from '../createNode.js'
import { noLog } from '../log/Log.js'
import type { NodeOptions } from '../NodeOptions.js'
import { MemoryDisk } from '../store/memory/MemoryDisk.js'
import { memory } from '../store/memory/MemoryStore.js'
import { startNodes } from '../testing/startNodes.js'
import { topologies } from '../testing/topologies.js'

const tasks = collection('tasks', {
  title: z.string().max(20),
  votes: z.number().default(0),
  owner: z.string().nullable().default(null),
})
const tickets = collection('tickets', { event: z.string(), owner: decided(z.string().nullable().default(null)) })
const schema = defineSchema({ version: 1, collections: [tasks, tickets, openCollection('pages')] })
const buyTicket = command('tickets.buy', {
  input: z.object({ ticket: z.string() }),
  rejections: { SOLD: z.object({ owner: z.string() }) },
  run(tx, { ticket }, { userId, reject }) {
    const row = tx.get(tickets, ticket)
    if (!row) return reject('NOT_FOUND')
    if (row.owner !== null) return reject('SOLD', { owner: row.owner })
    tx.update(tickets, ticket, { owner: userId })
    return { price: 40 }
  },
})

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

type Options = Partial<NodeOptions<typeof schema, { userId: string }>>

const createdNode = (options: Options) =>
  createNode({
    schema,
    commands: [buyTicket],
    store: memory(),
    log: noLog,
    authenticate: ({ token }) => {
      if (token === null) throw new Error('nobody')
      return { userId: token }
    },
    access: {
      workspace: ({ userId }) => (userId === 'bob' ? 'read' : userId === 'mallory' ? 'none' : 'write'),
      collections: {
        tasks: {
          read: ({ userId }) => (userId === 'bob' ? tasks.where({ owner: 'bob' }) : 'all'),
          write: (_, { before, fields }) =>
            before && fields.includes('owner') ? { refuse: ['owner'], reason: 'owners stay' } : true,
        },
      },
    },
    ...options,
  })

async function madeNode(options: Options = {}) {
  const node = await createdNode(options)
  ends.push(() => node.stop())
  return node
}

const nodeStarter =
  (nodeCount: number) =>
  async (options: Options = {}) => {
    const node = await startNodes(nodeCount, shared => createdNode({ ...options, ...shared }))
    ends.push(() => node.stop())
    return { node, acme: node.workspace('acme'), url: node.url, post: poster(node.url) }
  }

/** For what is inside of one node. */
const startedNode = nodeStarter(1)

type Headers = Record<string, string>

function poster(url: string) {
  return async (path: string, body: unknown, user: string | null = 'alice', headers: Headers = {}) => {
    const response = await fetch(`${url}/v1/acme/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(user === null ? {} : { authorization: `Bearer ${user}` }),
        ...headers,
      },
      body: typeof body === 'string' && body.startsWith('{') ? body : JSON.stringify(body),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as never }
  }
}

describe('health', () => {
  it('[S-HTTP-1] says that the process lives, and that it is ready while its store answers', async () => {
    const { url } = await startedNode()
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' })
    expect((await fetch(`${url}/healthz`, { method: 'DELETE' })).status).toBe(405)
    expect((await fetch(`${url}/healthz`, { method: 'HEAD' })).status).toBe(200)
  })

  it('[S-HTTP-1] is not ready when the store does not answer', async () => {
    const adapter = memory()
    const { url } = await startedNode({
      store: {
        ...adapter,
        open: async model =>
          Object.assign(await adapter.open(model), { read: () => Promise.reject(new Error('gone')) }),
      },
    })
    const response = await fetch(`${url}/readyz`)
    expect([response.status, await response.json()]).toEqual([503, expect.objectContaining({ code: 'STORE_FAILED' })])
  })

  it('[S-HTTP-1] is not ready while it is being stopped', async () => {
    const adapter = memory()
    let goOn = () => {}
    const held = new Promise<void>(resolve => {
      goOn = resolve
    })
    const { node, url } = await startedNode({
      store: { ...adapter, open: async model => Object.assign(await adapter.open(model), { close: () => held }) },
    })
    const stopped = node.stop()
    const response = await fetch(`${url}/readyz`)
    expect([response.status, await response.json()]).toEqual([503, expect.objectContaining({ code: 'DRAINING' })])
    goOn()
    await stopped
  })

  it('[S-HTTP-4] shows metrics to Prometheus', async () => {
    const { url, post } = await startedNode()
    await post('records', { op: 'insert', collection: 'tasks', values: { title: 'x' } })
    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await response.text()
    expect(text).toContain('tidemark_http_requests_total{route="post",status="200"} 1')
    expect(text).toContain('nodejs_eventloop_lag_seconds')
  })
})

describe.each(topologies)('commands over HTTP at $topology', ({ nodeCount }) => {
  const startedNode = nodeStarter(nodeCount)

  it('[S-HTTP-2, G12] are decided as from everyone else: accepted with the result, or rejected with code and details', async () => {
    const { acme, post } = await startedNode()
    const ticket = await acme.insert(tickets, { event: 'e' })
    const bought = await post('commands/tickets.buy', { ticket })
    expect(bought).toMatchObject({ status: 200, body: { status: 'accepted', result: { price: 40 } } })
    const late = await post('commands/tickets.buy', { ticket }, 'carol')
    expect(late).toMatchObject({ status: 409, body: { status: 'rejected', code: 'SOLD', details: { owner: 'alice' } } })
    expect(await post('commands/tickets.buy', { ticket: 'none' })).toMatchObject({
      status: 409,
      body: { code: 'NOT_FOUND' },
    })
    expect((await acme.get(tickets, ticket))?.owner).toBe('alice')
  })

  it('[S-HTTP-2] with an input that does not fit are 422, unknown ones 404', async () => {
    const { post } = await startedNode()
    expect(await post('commands/tickets.buy', { ticket: 5 })).toMatchObject({ status: 422, body: { code: 'INVALID' } })
    expect(await post('commands/tickets.sell', {})).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect((await post('commands', {})).status).toBe(404)
    expect((await post('nothing', {})).status).toBe(404)
  })
})

describe.each(topologies)('records over HTTP at $topology', ({ nodeCount }) => {
  const startedNode = nodeStarter(nodeCount)

  it('[S-HTTP-5] are written by the rules of the user, one or many at once', async () => {
    const { acme, post } = await startedNode()
    const made = await post('records', { op: 'insert', collection: 'tasks', values: { title: 'one' } })
    expect(made.status).toBe(200)
    const { id } = made.body as { id: string }
    const changed = await post('records', {
      op: 'update',
      collection: 'tasks',
      id,
      patch: { title: 'two', owner: 'alice' },
    })
    expect(changed.body).toEqual({ status: 'accepted', refused: { fields: ['owner'], reason: 'owners stay' }, id })
    expect(await acme.get(tasks, id)).toMatchObject({ title: 'two', owner: null })
    const batch = [
      { op: 'insert', collection: 'tasks', values: { title: 'three' } },
      { op: 'remove', collection: 'tasks', id },
    ]
    const { body } = await post('records', { batch })
    expect(body).toEqual({ status: 'accepted', ids: [expect.any(String), id] })
    expect((await acme.list(tasks, {})).map(({ title }) => title)).toEqual(['three'])
    const half = [{ op: 'insert', collection: 'tasks', values: { title: 'four' } }, { ...batch[1] }]
    expect(await post('records', { batch: half })).toMatchObject({ status: 409, body: { code: 'NOT_FOUND' } })
    expect(await acme.list(tasks, {})).toHaveLength(1)
  })

  it('[S-HTTP-3] inserted again under the same key are one record', async () => {
    const { acme, post } = await startedNode()
    const write = { op: 'insert', collection: 'tasks', values: { title: 'one' } }
    const [a, b] = await Promise.all([1, 2].map(() => post('records', write, 'alice', { 'idempotency-key': 'k' })))
    expect(a!.body).toEqual(b!.body)
    expect(await acme.list(tasks, {})).toHaveLength(1)
  })

  it.each([
    [[]],
    ['x'],
    [{}],
    [{ op: 'insert', collection: 'tasks' }],
    [{ op: 'insert', collection: 'tasks', values: { title: 'x' }, patch: {} }],
    [{ op: 'insert', collection: 'nothing', values: {} }],
    [{ op: 'insert', collection: 'tasks', values: { title: 'x'.repeat(21) } }],
    [{ op: 'insert', collection: 'tasks', id: '', values: { title: 'x' } }],
    [{ op: 'update', collection: 'tasks', patch: {} }],
    [{ op: 'remove', collection: 'tasks', id: 'a', values: {} }],
    [{ op: 'drop', collection: 'tasks', id: 'a' }],
    [{ op: 'insert', collection: 'tickets', values: { event: 'e', owner: 'alice' } }],
    [{ batch: [{ op: 'insert' }] }],
    ['{"op":"insert","collection":"tasks","values":{"__proto__":{"x":1}}}'],
    ['{"op":"insert","collection":"tasks","values":{"title":"\\u0000"}}'],
    ['{'],
  ])('[S-HTTP-5] that make no sense are 422: %j', async body => {
    const { post } = await startedNode()
    expect(await post('records', body)).toMatchObject({ status: 422, body: { code: 'INVALID' } })
  })

  it('[S-HTTP-6] are read at one moment, as the user may see them', async () => {
    const { acme, post } = await startedNode()
    const hidden = await acme.insert(tasks, { title: 'hidden' })
    const mine = await acme.insert(tasks, { title: 'mine', owner: 'bob' })
    const targets = [
      { collection: 'tasks', list: { where: { votes: 0 }, orderBy: 'title', limit: 5 } },
      { collection: 'tasks', record: mine },
      { collection: 'tasks', record: hidden },
      { collection: 'tasks', record: 'none' },
    ]
    const row = { id: mine, title: 'mine', owner: 'bob', votes: 0, $pending: false, $createdBy: 'server' }
    expect((await post('snapshot', { targets }, 'bob')).body).toEqual({
      head: 2,
      results: [[expect.objectContaining(row)], expect.objectContaining(row), null, null],
    })
    const { results } = (await post('snapshot', { targets }, 'alice')).body as { results: unknown[][] }
    expect(results[0]).toHaveLength(2)
    expect((await post('snapshot', { targets: [{ collection: 'tasks', list: { where: { x: 1 } } }] })).status).toBe(422)
    expect((await post('snapshot', { targets: [{ collection: 'x', record: 'y' }] })).status).toBe(422)
    expect((await post('snapshot', {})).status).toBe(422)
  })
})

describe.each(topologies)('who may do what over HTTP at $topology', ({ nodeCount }) => {
  const startedNode = nodeStarter(nodeCount)

  it('[S-HTTP-7] is asked like everywhere: 401 without a good token, 403 without rights', async () => {
    const { post } = await startedNode()
    const write = { op: 'insert', collection: 'tasks', values: { title: 'x' } }
    expect(await post('records', write, null)).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } })
    expect(await post('records', write, 'mallory')).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    expect(await post('records', write, 'bob')).toMatchObject({ status: 403, body: { code: 'DENIED' } })
    expect((await post('commands/tickets.buy', { ticket: 'x' }, 'bob')).status).toBe(403)
    expect((await post('access', 'all', 'bob')).status).toBe(403)
  })

  it('[S-HTTP-7] changes where rights changed outside', async () => {
    const { post } = await startedNode()
    expect((await post('access', { userId: 'bob' })).body).toEqual({ status: 'accepted' })
    expect((await post('access', 'all')).status).toBe(200)
    expect((await post('access', { user: 'bob' })).status).toBe(422)
  })

  it('[S-HTTP-8] takes a key that can be one', async () => {
    const { post } = await startedNode()
    const answer = await post('access', 'all', 'alice', { 'idempotency-key': 'x'.repeat(129) })
    expect(answer.status).toBe(422)
  })
})

describe('one node, over HTTP', () => {
  it('[S-HTTP-3, G7] answers commands under a key that was used as it did the first time, after a restart too', async () => {
    const disk = new MemoryDisk()
    const first = await startedNode({ store: memory(disk) })
    const ticket = await first.acme.insert(tickets, { event: 'e' })
    const key = { 'idempotency-key': 'order-1' }
    const answer = await first.post('commands/tickets.buy', { ticket }, 'alice', key)
    expect(answer.status).toBe(200)
    await first.node.stop()
    const { post } = await startedNode({ store: memory(disk) })
    const again = await post('commands/tickets.buy', { ticket }, 'alice', key)
    expect(again).toMatchObject({ status: 200, body: { result: { price: 40 } } })
    const other = await post('commands/tickets.buy', { ticket }, 'carol', key)
    expect(other).toMatchObject({ status: 409, body: { code: 'SOLD' } })
    expect((await post('commands/tickets.buy', { ticket }, 'carol', key)).status).toBe(409)
  })

  it('[S-HTTP-8] is bounded: 413 for too much at once, 429 for too often, 415 for what is no JSON', async () => {
    const { post, url } = await startedNode({ limits: { frameBytes: 1_000, mutationsPerSecond: 0.2 } })
    const large = { op: 'insert', collection: 'tasks', values: { title: 'x'.repeat(2_000) } }
    expect(await post('records', large)).toMatchObject({ status: 413, body: { code: 'FRAME_TOO_LARGE' } })
    const form = await fetch(`${url}/v1/acme/records`, {
      method: 'POST',
      headers: { authorization: 'Bearer alice' },
      body: 'op=insert',
    })
    expect(form.status).toBe(415)
    const often = await post('records', large)
    expect(often).toMatchObject({ status: 429, body: { code: 'TOO_FAST' } })
    expect(often.headers.get('retry-after')).toBe('1')
  })
})

describe('a server that is shared', () => {
  it("[S-HTTP-9] keeps the app's pages, before and after the node", async () => {
    const node = await madeNode()
    const server = createServer((request, response) => void response.end(`app ${request.url}`))
    ends.push(() => server.close())
    node.attach(server)
    await new Promise<void>(resolve => server.listen(0, resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await (await fetch(`${url}/page`)).text()).toBe('app /page')
    expect(await (await fetch(`${url}//`)).text()).toBe('app //')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await node.stop()
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('app /healthz')
  })

  it('[S-HTTP-9] may have its port taken: the node says so', async () => {
    const { url } = await startedNode()
    const node = await madeNode()
    const port = Number(new URL(url).port)
    await expect(node.listen({ port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`${port}`),
    })
  })

  it('[S-HTTP-8] is open to pages of other origins in development only', async () => {
    const { url } = await startedNode()
    const response = await fetch(`${url}/healthz`)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})
