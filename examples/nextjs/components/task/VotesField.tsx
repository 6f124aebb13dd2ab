import { Fact } from './Fact'
import type { UpdateTask } from './UpdateTask'

/** A counter: two votes at the same moment are two votes. */
export function VotesField({ votes, update }: { readonly votes: number; readonly update: UpdateTask }) {
  return (
    <Fact name="Votes">
      <button type="button" className="button button--small" onClick={() => update({ votes: { increment: 1 } })}>
        ▲ <span className="visually-hidden">Vote, now </span>
        <span data-field="votes">{votes}</span>
      </button>
    </Fact>
  )
}
