import { resolve } from 'node:path'
import { adaptersFrom } from '../adaptersFrom.js'
import type { CliConsole } from '../CliConsole.js'
import type { Config } from '../loadConfig.js'
import type { CommandOptions } from '../parseCommandLine.js'
import { checkClock } from './checkClock.js'
import { checkConfig, checkStored, readConfig } from './checkConfig.js'
import { checkDirectory, checkDiskSpace } from './checkDirectory.js'
import { checkPort } from './checkPort.js'
import { checkPostgres, isPostgresAdapter } from './checkPostgres.js'
import { checkNodeVersion, checkOpenFiles } from './checkProcess.js'
import { checkRedis, isRedisAdapter } from './checkRedis.js'
import { type Finding, problemFrom } from './Finding.js'

/** `tidemark doctor`: what a node needs here, and how to mend what is wrong. Returns the exit code. */
export async function doctor(options: CommandOptions, console: CliConsole): Promise<number> {
  const { host, port, timeUrl, isJson } = options
  const dir = resolve(console.directory, options.data)
  const config = await readConfig(options.config, console.directory)
  const findings = [
    checkNodeVersion(),
    await checkOpenFiles(),
    await checkPort(host, port),
    await checkClock({ dir, timeUrl, now: Date.now }),
    'schema' in config ? checkConfig(options.config, config) : config,
    ...(await checkAdapters('schema' in config ? config : null, dir, console.env)),
  ]
  const problems = findings.filter(({ status }) => status === 'problem').length
  if (isJson) console.say(JSON.stringify({ ok: problems === 0, findings }, null, 2))
  else {
    for (const finding of findings) for (const line of linesOf(finding)) console.say(line)
    console.say(problems === 0 ? 'All is well.' : `${problems} to mend.`)
  }
  return problems === 0 ? 0 : 1
}

/** Where data is kept, and how nodes meet. */
async function checkAdapters(config: Config | null, dir: string, env: CliConsole['env']): Promise<Finding[]> {
  try {
    const { store, bus } = adaptersFrom(config?.options ?? {}, env)
    return [
      ...(store === undefined ? [await checkDirectory(dir), await checkDiskSpace(dir)] : []),
      ...(store === undefined && config !== null ? [checkStored(config, dir)] : []),
      ...(isPostgresAdapter(store) ? await checkPostgres(store['~postgres'], Date.now) : []),
      ...(isRedisAdapter(bus) ? await checkRedis(bus['~redis']) : []),
    ]
  } catch (error) {
    return [problemFrom('environment', error)]
  }
}

function linesOf({ check, status, says, mend, code }: Finding): string[] {
  const label = status === 'problem' ? 'problem' : status === 'ok' ? 'ok     ' : 'skipped'
  const line = `${label}  ${check}: ${says}`
  return mend === undefined ? [line] : [`${line}${code === undefined ? '' : ` [${code}]`}`, `         ${mend}`]
}
