import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { isTidemarkError } from '@tidemark/core'
import { createNode, sqlite } from '@tidemark/server'
import { postgres } from '@tidemark/server/postgres'
import { redis } from '@tidemark/server/redis'
import next from 'next'
import { access, authenticate } from './node/access'
import { seed } from './node/seed'
import { assign } from './sync/assign'
import { schema } from './sync/schema'

/**
 * One process: a node, and the app that Next has built, behind one port. Alone it keeps its data in a file; several with
 * the same DATABASE_URL and REDIS_URL are one cluster.
 */
const folder = fileURLToPath(new URL('.', import.meta.url))
const { PORT, DATABASE_URL, REDIS_URL, TIDEMARK_NAME, TIDEMARK_DATA } = process.env
const port = Number(PORT ?? 4800)

const node = await createNode({
  schema,
  commands: [assign],
  store: DATABASE_URL ? postgres(DATABASE_URL) : sqlite(TIDEMARK_DATA ?? `${folder}.tidemark`),
  ...(REDIS_URL && { bus: redis(REDIS_URL) }),
  ...(TIDEMARK_NAME && { name: TIDEMARK_NAME }),
  authenticate,
  access,
}).catch(error => {
  console.error(isTidemarkError(error) ? `${error.code}: ${error.message}` : error)
  process.exit(1)
})
await seed(node.workspace('demo'))

// Next ends every socket that is opened at one of its pages; it gets a server to listen to on which there are none.
const app = next({ dev: false, dir: folder, httpServer: createServer() })
await app.prepare()
const answer = app.getRequestHandler()
const server = createServer((request, response) => void answer(request, response))
node.attach(server)

server.once('error', error => {
  console.error(`Port ${port} cannot be listened on (${error.message}): choose another one with PORT=4801.`)
  process.exit(1)
})
server.listen(port, () => {
  const address = server.address()
  console.log(`listening on http://localhost:${typeof address === 'object' && address ? address.port : port}`)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await node.stop()
    server.closeAllConnections()
    server.close(() => process.exit(0))
  })
}
