import { TidemarkError } from '../error/TidemarkError.js'
import { type In, isSchema, type Out, type Schema } from '../schema/Schema.js'
import type { TypeSentence } from '../schema/TypeSentence.js'
import type { CommandTx } from './CommandTx.js'
import type { BuiltInCode, BuiltInDetails, OutcomeOf, RejectableCode, Rejections } from './Outcome.js'

type RejectArgs<J, C> = C extends keyof J
  ? J[C] extends Schema
    ? [details: In<J[C]>]
    : []
  : C extends RejectableCode
    ? [details?: BuiltInDetails[C]]
    : never

export interface CommandContext<J> {
  readonly userId: string
  /** Milliseconds; the same in a preview and its decision only by chance. */
  readonly now: number
  /** Ends the command at once (it throws inside). Write `return reject(…)` so that TypeScript narrows. */
  readonly reject: <C extends (keyof J & string) | RejectableCode>(code: C, ...details: RejectArgs<J, C>) => never
}

// biome-ignore lint/suspicious/noExplicitAny: the defaults stand for any command, in both directions
export interface Command<N extends string = string, I extends Schema = any, R = any, J = any> {
  readonly name: N
  readonly '~types'?: { input: I; result: R; rejections: J }
}
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyCommand = Command<string, any, any, any>
export type Outcome<C extends AnyCommand> =
  // biome-ignore lint/suspicious/noExplicitAny: the input does not matter here
  C extends Command<string, any, infer R, infer J> ? OutcomeOf<R, J> : never

interface CommandOptions<I extends Schema, R, J extends Rejections> {
  readonly input: I
  readonly rejections?: J
  /** Still queued after this time: rejected as EXPIRED. */
  readonly expiresAfterMs?: number
  /** Synchronous and deterministic: a read that is not at hand is fetched, then `run` starts over. */
  run(tx: CommandTx, input: Out<I>, context: CommandContext<J>): R
}
type MustBeSynchronous<R> =
  R extends PromiseLike<unknown>
    ? TypeSentence<'run is synchronous: do outside work before or after the command'>
    : unknown

/** A command as both sides run it. */
export interface CommandDefinition {
  readonly name: string
  readonly input: Schema
  readonly rejections: Rejections
  readonly expiresAfterMs: number | undefined
  run(tx: CommandTx, input: unknown, context: CommandContext<Rejections>): unknown
}

/** Names stand in addresses. */
const commandName = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/
const builtInCodes: Readonly<Record<BuiltInCode, true>> = {
  NOT_FOUND: true,
  EXISTS: true,
  DENIED: true,
  INVALID: true,
  EXPIRED: true,
  OUTDATED: true,
  UNKNOWN: true,
}

/** Defines a mutation that the authority decides: the same `run` previews it in the client. */
// biome-ignore lint/complexity/noBannedTypes: no rejections of its own
export function command<const N extends string, I extends Schema, R, const J extends Rejections = {}>(
  name: N,
  options: CommandOptions<I, R, J> & MustBeSynchronous<R>,
): Command<N, I, R, J> {
  const { input, rejections = {}, expiresAfterMs, run } = options as CommandOptions<Schema, unknown, Rejections>
  const refuse = (why: string): never => {
    throw new TidemarkError('INVALID_SCHEMA', `The command ${JSON.stringify(name)} cannot be used: ${why}.`)
  }
  if (!commandName.test(name)) refuse('its name is a letter, then up to 63 letters, digits, "_", "-", "." or ":"')
  if (!isSchema(input)) refuse('its input is a Standard Schema validator')
  if (typeof run !== 'function' || run.constructor.name === 'AsyncFunction') refuse('run is a synchronous function')
  if (expiresAfterMs !== undefined && !(expiresAfterMs > 0))
    refuse('expiresAfterMs is a number of milliseconds above 0')
  for (const [code, details] of Object.entries(rejections)) {
    if (code in Object.prototype || code === '') refuse(`"${code}" is no rejection code`)
    if (Object.hasOwn(builtInCodes, code)) refuse(`the rejection ${code} is built in`)
    if (details !== null && !isSchema(details)) refuse(`the details of ${code} are a validator or null`)
  }
  const definition: CommandDefinition = Object.freeze({
    name,
    input,
    rejections: Object.freeze({ ...rejections }),
    expiresAfterMs,
    run,
  })
  return definition as CommandDefinition & Command<N, I, R, J>
}

/** What `command` keeps, for those who run it. */
export function commandDefinitionOf(command: AnyCommand): CommandDefinition {
  const definition = command as AnyCommand & Partial<CommandDefinition>
  if (typeof definition.run === 'function' && isSchema(definition.input)) return definition as CommandDefinition
  throw new TidemarkError('INVALID_SCHEMA', `"${command.name}" was not made by command().`)
}
