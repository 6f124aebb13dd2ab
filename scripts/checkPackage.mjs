import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binOf, pnpmPackage, root } from './repository.mjs'
import { runQuietly } from './runCommand.mjs'

/** Packs a package as it would be published, and looks at that: what is in it, its entries, and their types. */
export async function checkPackage(name) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-pack-'))
  try {
    const cwd = join(root, 'packages', name)
    const packed = await runQuietly(`pack ${name}`, 'npx', ['-y', pnpmPackage, 'pack', '--pack-destination', folder], {
      cwd,
    })
    if (packed.code !== 0) return false
    const file = join(folder, readdirSync(folder)[0])
    const lint = await runQuietly(`publint ${name}`, process.execPath, [binOf('publint'), 'run', file, '--strict'])
    const attw = binOf('@arethetypeswrong/cli', 'attw')
    const args = [attw, file, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii']
    const types = await runQuietly(`types as published of ${name}`, process.execPath, args)
    return lint.code === 0 && types.code === 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
