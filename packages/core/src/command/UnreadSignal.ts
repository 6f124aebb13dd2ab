/**
 * A read met a row or a list that is not in memory. A transaction throws it with what to load; the run ends, and
 * starts over once that is there. Not an error: nobody outside sees it.
 */
export class UnreadSignal<T = unknown> extends Error {
  override readonly name = 'UnreadSignal'

  constructor(readonly target: T) {
    super('A read is not at hand: the command starts over once it is.')
  }
}
