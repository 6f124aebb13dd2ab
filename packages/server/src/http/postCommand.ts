import { checkCommandInput, type Json } from '@tidemark/core'
import type { NodePort } from '../NodePort.js'
import { answerReply } from './answerReply.js'
import { type Caller, decideOnce, writeIdOf } from './decideOnce.js'
import { HttpRefusal } from './HttpRefusal.js'
import type { HttpReply } from './HttpReply.js'

/** `POST /v1/<workspace>/commands/<name>`: the body is the command's input. */
export async function postCommand(port: NodePort, caller: Caller, name: string, body: Json): Promise<HttpReply> {
  const command = port.commandByName.get(name)
  if (command === undefined) throw new HttpRefusal(404, 'NOT_FOUND', `There is no command ${name} here.`)
  const input = checkCommandInput(command, body) as Json
  const mutation = { kind: 'command', name, input, queuedAt: port.clock.now() } as const
  return answerReply(await decideOnce(port, caller, writeIdOf(port, caller), mutation))
}
