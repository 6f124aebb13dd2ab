import { collection, counter, defineSchema, type Json, openCollection, type SchemaDef, set, text } from '@tidemark/core'
import { z } from 'zod'
import type { Store } from '../Store.js'
import type { StorePlatform } from '../StorePlatform.js'

/** One place where a store keeps things, for one test. */
export interface StoreUnderTest {
  /** Opens the store on what is there; after `close` again, as after a restart. */
  open(schema?: SchemaDef): Promise<Store>
  /** The time by which commits are dated. */
  readonly clock: { nowMs: number }
  /** A value that this store cannot hold. */
  readonly unstorable: Json
  remove(): Promise<void>
}

export function platformAt(clock: { readonly nowMs: number }): StorePlatform {
  let made = 0
  const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => (index === 0 ? ++made : index))
  return { clock: { now: () => clock.nowMs }, random: { bytes, fraction: () => 0.5 } }
}

export const storeSchema = defineSchema({
  version: 1,
  collections: [
    collection('tasks', {
      title: z.string(),
      status: z.string().nullable(),
      votes: counter(),
      labels: set(z.string()),
      notes: text(),
    }),
    collection('notes', {
      title: z.string(),
      status: z.string().nullable(),
      votes: counter(),
      labels: set(z.string()),
    }),
    openCollection('boards'),
  ],
})
