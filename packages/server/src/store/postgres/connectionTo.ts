import { Client, type PoolConfig } from 'pg'

export function connectionTo(url: string): PoolConfig {
  return { connectionString: url, application_name: 'tidemark', keepAlive: true }
}

/** Where it is, for a person: without user and password. */
export function placeOf(url: string): string {
  const { host, port, database } = new Client(connectionTo(url))
  return `${host}:${port}/${database ?? ''}`
}
