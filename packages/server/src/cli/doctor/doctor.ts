import { resolve } from 'node:path'
import type { CliConsole } from '../CliConsole.js'
import type { CommandOptions } from '../parseCommandLine.js'
import { checkClock } from './checkClock.js'
import { checkConfig } from './checkConfig.js'
import { checkDirectory, checkDiskSpace } from './checkDirectory.js'
import { checkPort } from './checkPort.js'
import { checkNodeVersion, checkOpenFiles } from './checkProcess.js'
import type { Finding } from './Finding.js'

/** `tidemark doctor`: what a node needs here, and how to mend what is wrong. Returns the exit code. */
export async function doctor(options: CommandOptions, console: CliConsole): Promise<number> {
  const { config, host, port, timeUrl, isJson } = options
  const dir = resolve(console.directory, options.data)
  const findings = [
    checkNodeVersion(),
    await checkOpenFiles(),
    await checkPort(host, port),
    await checkDirectory(dir),
    await checkDiskSpace(dir),
    await checkClock({ dir, timeUrl, now: Date.now }),
    ...(await checkConfig(config, console.directory, dir)),
  ]
  const problems = findings.filter(({ status }) => status === 'problem').length
  if (isJson) console.say(JSON.stringify({ ok: problems === 0, findings }, null, 2))
  else {
    for (const finding of findings) for (const line of linesOf(finding)) console.say(line)
    console.say(problems === 0 ? 'All is well.' : `${problems} to mend.`)
  }
  return problems === 0 ? 0 : 1
}

function linesOf({ check, status, says, mend, code }: Finding): string[] {
  const label = status === 'problem' ? 'problem' : status === 'ok' ? 'ok     ' : 'skipped'
  const line = `${label}  ${check}: ${says}`
  return mend === undefined ? [line] : [`${line}${code === undefined ? '' : ` [${code}]`}`, `         ${mend}`]
}
