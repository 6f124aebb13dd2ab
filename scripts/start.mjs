import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildForExample, hashOfPackages } from './build.mjs'
import { install } from './install.mjs'
import { binOf, example, fromSource } from './repository.mjs'
import { runCommand, runQuietly } from './runCommand.mjs'
import { hashOf, isStamped, stamp } from './stamp.mjs'

/** Builds what has changed and serves the example app with a node in the same process. */
export async function start(args) {
  await prepare()
  const server = [...fromSource, join(example, 'server.ts'), ...args]
  const { code, signal } = await runCommand(process.execPath, server, {
    env: { NODE_ENV: 'production' },
    isServer: true,
  })
  process.exitCode = signal ? 0 : code
}

/** Installs, and builds what has changed of the example app and of what it is made of. */
export const prepare = () => install({ meanwhile: buildApp })

/** The example app, and of what it is made of what its pages import, where something has changed. */
export async function buildApp() {
  await buildForExample()
  const hash = hashOf(['examples/nextjs'], hashOfPackages())
  if (existsSync(join(example, '.next/BUILD_ID')) && isStamped('example', hash)) {
    console.log('✓ the example app is built')
    return
  }
  const { code } = await runQuietly(
    'build the example app',
    process.execPath,
    [binOf('next', 'next', example), 'build'],
    { cwd: example, env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } },
  )
  if (code !== 0) throw new Error('the build of the example app failed')
  stamp('example', hash)
}
