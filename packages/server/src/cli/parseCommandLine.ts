import { parseArgs } from 'node:util'
import { TidemarkError } from '@tidemark/core'
import { type CommandName, commandNames } from './helpText.js'

export type CommandLine =
  | { readonly kind: 'help'; readonly command: CommandName | null }
  | { readonly kind: 'run'; readonly command: CommandName; readonly options: CommandOptions }

export interface CommandOptions {
  readonly config: string | null
  readonly port: number
  readonly host: string
  readonly data: string
  readonly timeUrl: string | null
  readonly isJson: boolean
}

const options = {
  help: { type: 'boolean', short: 'h' },
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
} as const

const optionsByCommand = {
  dev: options,
  start: options,
  doctor: { ...options, 'time-url': { type: 'string' }, json: { type: 'boolean' } },
} as const

/** What to do, from the arguments and, where they say nothing, the environment. Throws `BAD_CONFIG`. */
export function parseCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h')
    return { kind: 'help', command: null }
  const command = commandNames.find(known => known === name)
  if (command === undefined) throw badUse(`There is no command "${name}".`)
  const { values, positionals } = parsed(command, rest)
  if (values.help === true) return { kind: 'help', command }
  if (positionals.length > 1) throw badUse(`One configuration is enough, these are ${positionals.join(', ')}.`)
  const text = (option: string, variable: string): string | undefined => {
    const given = values[option] ?? (command === 'dev' ? undefined : env[variable])
    return typeof given === 'string' && given !== '' ? given : undefined
  }
  return {
    kind: 'run',
    command,
    options: {
      config: positionals[0] ?? text('config', 'TIDEMARK_CONFIG') ?? null,
      port: portFrom(text('port', 'PORT') ?? '4800'),
      host: text('host', 'HOST') ?? '127.0.0.1',
      data: text('data', 'TIDEMARK_DATA') ?? './.tidemark',
      timeUrl: text('time-url', 'TIDEMARK_TIME_URL') ?? null,
      isJson: values.json === true,
    },
  }
}

function parsed(
  command: CommandName,
  args: string[],
): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  try {
    return parseArgs({ args, options: optionsByCommand[command], allowPositionals: true })
  } catch (error) {
    // The first sentence says what is wrong; the others are about how Node reads arguments.
    const [sentence = ''] = String(error instanceof Error ? error.message : error).split('. ')
    throw badUse(`${sentence.replace(/\.$/, '')}.`, command)
  }
}

function portFrom(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw badUse(`"${text}" is no port: a number from 0 to 65535.`)
}

function badUse(what: string, command?: CommandName): TidemarkError {
  return new TidemarkError('BAD_CONFIG', `${what} See tidemark ${command === undefined ? '' : `${command} `}--help.`)
}
