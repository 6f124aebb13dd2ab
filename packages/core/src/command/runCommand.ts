import type { Issue } from '../error/Issue.js'
import { TidemarkError } from '../error/TidemarkError.js'
import type { Json } from '../json/Json.js'
import type { Refusal } from '../mutation/Answer.js'
import { plainJson } from '../schema/plainJson.js'
import type { Schema } from '../schema/Schema.js'
import { ignore, isThenable, validateSync } from '../schema/validateSync.js'
import { type AnyCommand, type CommandContext, type CommandDefinition, commandDefinitionOf } from './Command.js'
import type { CommandTx } from './CommandTx.js'
import type { Rejections } from './Outcome.js'
import { RunScope } from './RunScope.js'
import { builtInRefusal, isRejectable, isWriteFault, refusalFromError } from './refusals.js'

export type RunResult =
  | { readonly status: 'accepted'; readonly result: Json | undefined }
  /** With `cause`: the command's code threw that, which is a defect of it. */
  | ({ readonly status: 'rejected'; readonly cause?: unknown } & Refusal)
  /** A read was not at hand: load `target` (what the `UnreadSignal` named), then run again. */
  | { readonly status: 'unread'; readonly target: unknown }

export interface RunContext {
  readonly userId: string
  readonly now: number
}

/**
 * Runs a command once against `tx`. Only an accepted run's writes may be kept. What `tx` throws besides
 * `UnreadSignal` and refused writes is thrown on: the transaction broke, the command has no answer yet.
 */
export function runCommand(command: AnyCommand, tx: CommandTx, input: unknown, context: RunContext): RunResult {
  const definition = commandDefinitionOf(command)
  const parsed = answered(definition.input, input)
  if ('issues' in parsed) return rejected(invalid(parsed.issues))

  const scope = new RunScope(tx)
  const reject = (code: string, details?: unknown): never => scope.reject(refusalFrom(definition, code, details))
  let returned: unknown
  let thrown: { readonly error: unknown } | undefined
  try {
    const given = { ...context, reject } as CommandContext<Rejections>
    returned = definition.run(scope.tx, parsed.value, Object.freeze(given))
  } catch (error) {
    thrown = { error }
  }
  scope.close()
  const isAsync = isThenable(returned)
  if (isAsync) (returned as PromiseLike<unknown>).then(ignore, ignore)

  if (scope.end) {
    if (scope.end.kind === 'broken') throw scope.end.error
    return scope.end.kind === 'unread' ? { status: 'unread', target: scope.end.target } : rejected(scope.end.refusal)
  }
  if (thrown) return threw(definition, thrown.error)
  if (isAsync) return rejected(defect(definition, 'returned a promise, but run is synchronous'))
  return accepted(definition, returned)
}

/** The input as it is stored and sent, or INVALID: what a client calls before it queues the command. */
export function checkCommandInput(command: AnyCommand, input: unknown): Json {
  const definition = commandDefinitionOf(command)
  const parsed = validateSync(definition.input, input, `the command ${definition.name}`)
  if ('issues' in parsed) throw new TidemarkError('INVALID', undefined, { issues: parsed.issues })
  const json = plainJson(input)
  if ('issues' in json) throw new TidemarkError('INVALID', undefined, { issues: json.issues })
  return json.value
}

/** Like `validateSync`, but an asynchronous validator is an issue too: a mutation always gets its answer. */
function answered(schema: Schema, value: unknown): ReturnType<typeof validateSync> {
  try {
    return validateSync(schema, value, 'a command')
  } catch (error) {
    return { issues: [{ path: [], message: String(error) }] }
  }
}

function accepted(definition: CommandDefinition, returned: unknown): RunResult {
  if (returned === undefined) return { status: 'accepted', result: undefined }
  const json = plainJson(returned)
  if (!('issues' in json)) return { status: 'accepted', result: json.value }
  const issues = json.issues.map(({ path, message }) => ({ path: ['result', ...path], message }))
  return rejected(invalid(issues, `The command ${definition.name} returned what is not JSON.`))
}

/** A write that could not be made and was not caught; anything else thrown is a defect, its text for the log only. */
function threw(definition: CommandDefinition, error: unknown): RunResult {
  if (isWriteFault(error)) return rejected(refusalFromError(error))
  return { ...rejected(defect(definition, 'failed')), cause: error }
}

function refusalFrom(definition: CommandDefinition, code: string, details: unknown): Refusal {
  if (!Object.hasOwn(definition.rejections, code)) {
    if (!isRejectable(code)) return defect(definition, `rejected with "${code}", which it does not declare`)
    const json = plainJson(details ?? {})
    if ('issues' in json || !isRecord(json.value)) return defect(definition, `rejected with ${code} and wrong details`)
    return builtInRefusal(code, json.value)
  }
  const message = `The command ${definition.name} was rejected: ${code}.`
  const schema = definition.rejections[code]
  if (!schema) return { code, details: null, message }
  const parsed = answered(schema, details)
  const json = 'issues' in parsed ? parsed : plainJson(parsed.value)
  if (!('issues' in json)) return { code, details: json.value, message }
  const issues = json.issues.map(({ path, message }) => ({ path: ['details', ...path], message }))
  return invalid(issues, `The command ${definition.name} rejected with ${code} and wrong details.`)
}

function defect(definition: CommandDefinition, what: string): Refusal {
  return builtInRefusal('INVALID', { message: `The command ${definition.name} ${what}.` })
}

function invalid(issues: readonly Issue[], message?: string): Refusal {
  return refusalFromError(new TidemarkError('INVALID', message, { issues }))
}

function rejected(refusal: Refusal): RunResult & { readonly status: 'rejected' } {
  return { status: 'rejected', ...refusal }
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
