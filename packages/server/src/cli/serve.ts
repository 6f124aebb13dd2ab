import type { SchemaModel } from '@tidemark/core'
import { type StartOptions, startNode } from '../startNode.js'
import type { CliConsole } from './CliConsole.js'
import type { CommandOptions } from './parseCommandLine.js'

/** Runs a node until the process is asked to stop. */
export async function serve(
  schema: SchemaModel,
  options: StartOptions,
  { port, host }: CommandOptions,
  console: CliConsole,
): Promise<void> {
  const node = await startNode(schema, options)
  const stopAsked = console.stopAsked()
  try {
    const { url } = await node.listen({ port, host })
    console.say(`listening on ${url}`)
    await stopAsked
  } finally {
    await node.stop()
  }
}
