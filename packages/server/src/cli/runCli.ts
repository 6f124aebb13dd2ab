import { isTidemarkError } from '@tidemark/core'
import type { CliConsole } from './CliConsole.js'
import { dev } from './dev.js'
import { doctor } from './doctor/doctor.js'
import { helpFor } from './helpText.js'
import { type CommandLine, parseCommandLine } from './parseCommandLine.js'
import { start } from './start.js'

/** Runs `tidemark <args>` to its end. Returns the exit code. */
export async function runCli(args: readonly string[], console: CliConsole): Promise<number> {
  try {
    return await run(parseCommandLine(args, console.env), console)
  } catch (error) {
    for (const line of linesOf(error)) console.complain(line)
    return 1
  }
}

async function run(line: CommandLine, console: CliConsole): Promise<number> {
  if (line.kind === 'help') {
    console.say(helpFor(line.command))
    return 0
  }
  switch (line.command) {
    case 'dev':
      await dev(line.options, console)
      return 0
    case 'start':
      await start(line.options, console)
      return 0
    case 'doctor':
      return doctor(line.options, console)
  }
}

/** What we foresaw in a sentence; anything else with all there is to find it by. */
function linesOf(error: unknown): string[] {
  if (isTidemarkError(error)) return [`${error.code}: ${error.message}`, `See ${error.docs}`]
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return [
    stack,
    'This was not foreseen. tidemark doctor looks for common causes, TIDEMARK_LOG=debug tells more;',
    'if neither helps, report the lines above: https://tidemark.dev/errors/INTERNAL',
  ]
}
