import type { Command, In, OutcomeOf, Receipt, Schema } from '@tidemark/core'
import { useCallback, useState } from 'react'
import { useClient } from './provider/useClient.js'

export interface CommandState<R, J> {
  /** Some run of this hook is not decided yet. */
  readonly pending: boolean
  /** The outcome that came last. */
  readonly last: OutcomeOf<R, J> | null
}

/** Runs a command and follows its outcome. What is decided after a reload is in the inbox, not here. */
export function useCommand<N extends string, I extends Schema, R, J>(
  command: Command<N, I, R, J>,
): readonly [run: (input: In<I>) => Receipt<R, J>, state: CommandState<R, J>] {
  const client = useClient()
  const [open, setOpen] = useState(0)
  const [last, setLast] = useState<OutcomeOf<R, J> | null>(null)
  const run = useCallback(
    (input: In<I>): Receipt<R, J> => {
      const receipt = client.run(command, input)
      setOpen(count => count + 1)
      void receipt.outcome.then(outcome => {
        setOpen(count => count - 1)
        setLast(outcome)
      })
      return receipt
    },
    [client, command],
  )
  return [run, { pending: open > 0, last }]
}
