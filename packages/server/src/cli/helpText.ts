export const commandNames = ['dev', 'start', 'doctor'] as const
export type CommandName = (typeof commandNames)[number]

const options = `  --port <number>     where to listen (4800)
  --host <name>       on which address (127.0.0.1: this machine only)
  --data <directory>  where the embedded store is kept (./.tidemark)`

const config = `A configuration is a module, TypeScript (where tsx is installed) or JavaScript, whose default export is
what createNode takes: { schema, commands, access, authenticate, … }.`

const helpByCommand: Readonly<Record<CommandName, string>> = {
  dev: `tidemark dev [configuration] [options]

Starts a node for development. Without a configuration every collection is open: a durable drop-in for a
y-websocket server, at /yjs/<workspace>/<collection>/<id>. A configuration without authenticate and access gets
development access: everyone may do everything, and is whoever the token or ?user= says, or else dev.

${options}

TIDEMARK_LOG says how much is told: debug, info, warn, error or silent.

${config}`,

  start: `tidemark start <configuration> [options]

Starts a node. The environment may say the same as the options: PORT, HOST, TIDEMARK_DATA, and TIDEMARK_CONFIG for
the configuration. What the configuration leaves out DATABASE_URL (Postgres), REDIS_URL and TIDEMARK_NAME (what the
node is called) may say: nodes with the same two are one cluster. TIDEMARK_LOG says how much is told: debug, info, warn, error or silent.

${options}

${config}`,

  doctor: `tidemark doctor [configuration] [options]

Looks at what a node needs here, at Postgres and Redis where the configuration or DATABASE_URL and REDIS_URL name
them, and says how to mend what is wrong. Exits with 1 if anything is.

${options}
  --time-url <url>    an HTTP server whose clock is right, to compare this machine's with
  --json              findings as JSON`,
}

export const generalHelp = `tidemark <command>

  dev      a node for development, with or without a configuration
  start    a node from a configuration
  doctor   what is wrong here, and how to mend it

tidemark <command> --help says more.`

export function helpFor(command: CommandName | null): string {
  return command === null ? generalHelp : helpByCommand[command]
}
