/** A promise was broken: `id` names it as in the guarantees. */
export class Violation extends Error {
  constructor(
    readonly id: string,
    message: string,
  ) {
    super(message)
    this.name = 'Violation'
  }
}
