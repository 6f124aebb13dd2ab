import { join } from 'node:path'
import { findPrograms } from './cluster/findPrograms.mjs'
import { root } from './repository.mjs'
import { runCommand } from './runCommand.mjs'
import { prepare } from './start.mjs'

/** Builds what has changed and runs the example app on three nodes, with a Postgres and a Redis of their own. */
export async function cluster() {
  // Whoever lacks one should not wait for a build to be told.
  findPrograms()
  await prepare()
  const { code } = await runCommand(process.execPath, [join(root, 'scripts/cluster/main.mjs')], { isServer: true })
  process.exitCode = code
}
