import { fileURLToPath } from 'node:url'
import { createViteServer } from 'vitest/node'

const repository = fileURLToPath(new URL('../../../../../', import.meta.url))

export interface ServedPage {
  /** On localhost, so that the page is a secure context and has Web Locks. */
  readonly url: string
  close(): Promise<void>
}

/** Serves an empty page that runs one module, straight from the sources. */
export async function servePage(module: URL): Promise<ServedPage> {
  const html = `<!doctype html><title>tidemark</title><script type="module" src="/@fs${module.pathname}"></script>`
  const server = await createViteServer({
    configFile: false,
    root: repository,
    appType: 'custom',
    logLevel: 'error',
    // All dependencies are ES modules: nothing has to be bundled before the first page.
    optimizeDeps: { noDiscovery: true, include: [] },
    resolve: { conditions: ['@tidemark/source', 'browser', 'module', 'import', 'default'] },
    server: { host: '127.0.0.1', port: 0, watch: null, hmr: false, ws: false },
    plugins: [
      {
        name: 'empty-page',
        configureServer({ middlewares }) {
          middlewares.use((request, response, next) => {
            if (request.url !== '/') return next()
            response.setHeader('content-type', 'text/html')
            response.end(html)
          })
        },
      },
    ],
  })
  await server.listen()
  const address = server.httpServer?.address()
  if (typeof address !== 'object' || address === null) throw new Error('The page server has no port.')
  return { url: `http://localhost:${address.port}/`, close: () => server.close() }
}
