import type { StoreAdapter } from '../StoreAdapter.js'
import { systemPlatform } from '../StorePlatform.js'
import { Connections } from './Connections.js'
import { openTables } from './openTables.js'
import { type PostgresOptions, type Settings, settingsFrom } from './PostgresOptions.js'
import { PostgresStore } from './PostgresStore.js'

export interface PostgresAdapter extends StoreAdapter {
  /** Which it is: `tidemark doctor` looks there. */
  readonly '~postgres': Settings
}

/** A Postgres database, by its address or with more options: the store that many nodes share. Its tables are made by the first. */
export function postgres(options: string | PostgresOptions | undefined, platform = systemPlatform): PostgresAdapter {
  const settings = settingsFrom(options)
  return {
    '~store': true,
    '~postgres': settings,
    isShared: true,
    open: async schema => {
      await openTables(settings, schema)
      return new PostgresStore(new Connections(settings), schema, platform)
    },
  }
}
