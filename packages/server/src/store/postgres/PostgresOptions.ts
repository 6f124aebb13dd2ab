import { TidemarkError } from '@tidemark/core'
import { placeOf } from './connectionTo.js'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with `sslmode` and whatever else libpq knows. */
  readonly url: string
  /** The Postgres schema that holds the tables; made if it is not there. `tidemark` by default. */
  readonly schema?: string
  /** Connections for reads; commits have two of their own. 8 by default. */
  readonly readConnections?: number
  /** A statement that takes longer is given up, and a connection that cannot be had in half of that. 10 s by default. */
  readonly timeoutMs?: number
}

export type Settings = Required<PostgresOptions>

/** What `server_version_num` is at least. */
export const leastVersion = 140_000

/** Commits have their own. */
export const writeConnections = 2

/** How many connections a node takes at most; one more while it opens the tables. */
export const connectionsOf = ({ readConnections }: Settings): number => readConnections + writeConnections + 1

/** A name that needs no quotes, shorter than Postgres cuts off. */
const plainName = /^[a-z_][a-z0-9_]{0,62}$/

export function settingsFrom(given: string | PostgresOptions | undefined): Settings {
  const { url, ...rest } = typeof given === 'object' ? given : { url: given }
  if (!url) throw badConfig('postgres() was given no address: is DATABASE_URL set?')
  const settings = { url, schema: 'tidemark', readConnections: 8, timeoutMs: 10_000, ...rest }
  mustBeAddress(url)
  if (!plainName.test(settings.schema)) {
    throw badConfig(`"${settings.schema}" cannot name a Postgres schema: use lower-case letters, digits and _.`)
  }
  for (const name of ['readConnections', 'timeoutMs'] as const) {
    if (settings[name] > 0) continue
    throw badConfig(`postgres() needs a ${name} above 0, not ${settings[name]}.`)
  }
  return settings
}

/** The address is not repeated in the error: there may be a password in it. */
function mustBeAddress(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  if (scheme === undefined || !isReadable(url)) {
    throw badConfig('The address of Postgres is none: give postgres://user:password@host/database')
  }
  if (!/^postgres(ql)?$/i.test(scheme)) {
    throw badConfig(`An address of Postgres begins with postgres:// or postgresql://, not with ${scheme}://`)
  }
}

function isReadable(url: string): boolean {
  try {
    placeOf(url)
    return true
  } catch {
    return false
  }
}

const badConfig = (message: string): TidemarkError => new TidemarkError('BAD_CONFIG', message)
