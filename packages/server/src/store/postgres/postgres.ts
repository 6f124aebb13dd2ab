import type { StoreAdapter } from '../StoreAdapter.js'
import { systemPlatform } from '../StorePlatform.js'
import { Connections } from './Connections.js'
import { openTables } from './openTables.js'
import { type PostgresOptions, settingsFrom } from './PostgresOptions.js'
import { PostgresStore } from './PostgresStore.js'

/** A Postgres database, by its address or with more options: the store that many nodes share. Its tables are made by the first. */
export function postgres(options: string | PostgresOptions | undefined, platform = systemPlatform): StoreAdapter {
  const settings = settingsFrom(options)
  return {
    '~store': true,
    isShared: true,
    open: async schema => {
      await openTables(settings, schema)
      return new PostgresStore(new Connections(settings), schema, platform)
    },
  }
}
