import { newId } from '@tidemark/core'
import type { BenchNode } from './startBenchNode.js'
import { Writer } from './Writer.js'

const words = ['Harbour', 'lantern', 'signal', 'timber', 'anchor', 'beacon', 'tide', 'rope', 'chart', 'buoy']
const perBatch = 2_000

/** A title of three words and a number, the same in every run. */
export const titleOf = (index: number): string =>
  `${words[index % 10]} ${words[(index * 7 + 3) % 10]} ${words[(index * 3 + 1) % 10]} ${index}`

/** Puts `count` tasks with this status into the workspace, in order of their rank; gives back their ids. */
export async function insertTasks(
  node: BenchNode,
  count: number,
  status: 'todo' | 'doing' | 'done',
  inserted: (count: number) => void = () => undefined,
): Promise<string[]> {
  const ids: string[] = []
  const writer = await Writer.connect(node.url, 'alice')
  while (ids.length < count) {
    const writes = Array.from({ length: Math.min(perBatch, count - ids.length) }, (_, offset) => {
      const rank = ids.length + offset
      const values = { title: titleOf(rank), status, rank }
      return { op: 'insert', collection: 'tasks', id: newId(), values } as const
    })
    await writer.push([{ kind: 'batch', writes }])
    ids.push(...writes.map(({ id }) => id))
    inserted(ids.length)
  }
  await writer.close()
  return ids
}
