import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { schemaModelOf } from '@tidemark/core'
import { sqlite } from '@tidemark/server'
import { NodeChild } from './NodeChild.js'
import { readStore, type StoreReading } from './StoreReading.js'
import { schema, workspace } from './schema.js'

/** A node in a process of its own, on a directory of its own, which goes with it. */
export class LoneNode extends NodeChild {
  readonly #dir: string

  constructor() {
    const dir = mkdtempSync(join(tmpdir(), 'tidemark-faults-'))
    super(() => ({ kind: 'alone', dir }))
    this.#dir = dir
  }

  /** What it has stored, once it was stopped or killed. */
  async read(): Promise<StoreReading> {
    const store = await sqlite(this.#dir).open(schemaModelOf(schema))
    try {
      return await readStore(store, workspace)
    } finally {
      await store.close()
    }
  }

  override destroy(): void {
    super.destroy()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}
