import { type SchemaTable, type SnapshotItem, SnapshotItemsEncoder } from '@tidemark/core'

/** Items of a part are added until it is this large. */
const partBytes = 60 << 10

/** What a watch lacks, in parts: each made when it can leave, and kept for others who lack the same. */
export class PlannedItems {
  readonly #parts: Uint8Array[] = []
  /** How many of the items are in parts already made. */
  #done = 0

  constructor(
    readonly items: readonly SnapshotItem[],
    private readonly collection: string,
    private readonly table: SchemaTable,
  ) {}

  /** There is one at least. */
  part(number: number): { readonly bytes: Uint8Array; readonly isLast: boolean } {
    while (this.#parts.length <= number) this.#parts.push(this.#make())
    const isLast = number === this.#parts.length - 1 && this.#done === this.items.length
    return { bytes: this.#parts[number] as Uint8Array, isLast }
  }

  #make(): Uint8Array {
    const encoder = new SnapshotItemsEncoder(this.table, this.collection)
    while (this.#done < this.items.length && encoder.byteLength < partBytes) {
      encoder.add(this.items[this.#done++] as SnapshotItem)
    }
    return encoder.finish()
  }
}
