/** Which views are of which body. */
export class BodyWatchers {
  readonly #viewsByIdByCollection = new Map<string, Map<string, Set<number>>>()
  readonly #bodyByView = new Map<number, { readonly collection: string; readonly id: string }>()

  get size(): number {
    return this.#bodyByView.size
  }

  has(view: number): boolean {
    return this.#bodyByView.has(view)
  }

  add(view: number, collection: string, id: string): void {
    let viewsById = this.#viewsByIdByCollection.get(collection)
    if (viewsById === undefined) {
      viewsById = new Map()
      this.#viewsByIdByCollection.set(collection, viewsById)
    }
    const views = viewsById.get(id)
    if (views === undefined) viewsById.set(id, new Set([view]))
    else views.add(view)
    this.#bodyByView.set(view, { collection, id })
  }

  remove(view: number): void {
    const body = this.#bodyByView.get(view)
    if (body === undefined) return
    this.#bodyByView.delete(view)
    const viewsById = this.#viewsByIdByCollection.get(body.collection)
    const views = viewsById?.get(body.id)
    views?.delete(view)
    if (views?.size === 0) viewsById?.delete(body.id)
    if (viewsById?.size === 0) this.#viewsByIdByCollection.delete(body.collection)
  }

  of(collection: string, id: string): readonly number[] {
    const views = this.#viewsByIdByCollection.get(collection)?.get(id)
    return views === undefined ? [] : [...views]
  }
}
