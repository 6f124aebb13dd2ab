import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { freePort } from './freePort.mjs'

const main = fileURLToPath(new URL('main.mjs', import.meta.url))

it('ends when no node can start, and each has said why', async () => {
  const DATABASE_URL = 'postgres://127.0.0.1:1/acme'
  const REDIS_URL = 'redis://127.0.0.1:1'
  const env = { ...process.env, PORT: String(await freePort()), DATABASE_URL, REDIS_URL }
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { env, encoding: 'utf8' })
  expect(stderr).toMatch(/^No node has started/)
  for (const name of ['blue', 'green', 'amber']) {
    expect(stdout).toMatch(
      new RegExp(`^${name}: STORE_FAILED: Postgres at 127.0.0.1:1/acme cannot be used .*ECONNREFUSED`, 'm'),
    )
  }
  expect(stdout).not.toMatch(/^Open http| at .*\.ts:/m)
  expect(status).toBe(1)
})
