import { readFile } from 'node:fs/promises'
import type { PostgresServer } from '@tidemark/server/testing/PostgresServer'

/** The kernel's unit of these times. */
const msPerTick = 10

/** What the processes of a Postgres that are there now have worked, as Linux counts it. */
export async function postgresCpuMs(server: PostgresServer): Promise<number> {
  const rows = await server.query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
  const times = await Promise.all(rows.map(({ pid }) => cpuMsOf(Number(pid))))
  return times.reduce((sum, ms) => sum + ms, 0)
}

async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // Its name, in brackets, can contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}
