/** A promise was broken: `id` names it as in the guarantees. */
export class Violation extends Error {
  constructor(
    readonly id: string,
    message: string,
  ) {
    super(`[${id}] ${message}`)
    this.name = 'Violation'
  }
}
