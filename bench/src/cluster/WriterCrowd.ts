import type { Mutation } from '@tidemark/core'
import { titleOf } from '../taskBatches.js'
import { Writer } from '../Writer.js'

const recordsEach = 5
/** Writes of each writer that wait for their answers, when it writes as fast as it can. */
const ahead = 20
const tickMs = 5

/** Writers at one node, each of which sets a field of a few records of its own, one write a frame. */
export class WriterCrowd {
  private constructor(private readonly members: readonly Member[]) {}

  /** One writer for each name of a workspace. */
  static async connect(url: string, workspaces: readonly string[]): Promise<WriterCrowd> {
    return new WriterCrowd(
      await Promise.all(workspaces.map((workspace, n) => Member.connect(url, workspace, `user-${n}`))),
    )
  }

  /** All write as fast as they are answered; tells writes in a second. */
  async writeAll(count: number): Promise<{ readonly writes: number; readonly perSecond: number }> {
    const laps = Math.max(1, Math.round(count / (this.members.length * ahead)))
    const start = performance.now()
    const lane = async (member: Member) => {
      for (let left = laps; left > 0; left--) await member.write()
    }
    await Promise.all(this.members.flatMap(member => Array.from({ length: ahead }, () => lane(member))))
    const writes = laps * ahead * this.members.length
    return { writes, perSecond: (writes * 1000) / (performance.now() - start) }
  }

  /** So many a second in turns, whether they are answered or not; tells for each how long after it was due its answer came. */
  async writePaced(perSecond: number, count: number): Promise<readonly number[]> {
    const waits: Promise<number>[] = []
    const start = performance.now()
    while (waits.length < count) {
      const lastDue = Math.min(count, ((performance.now() - start) * perSecond) / 1000)
      while (waits.length < lastDue) {
        const due = start + (waits.length * 1000) / perSecond
        const member = this.members[waits.length % this.members.length] as Member
        waits.push(member.write().then(() => performance.now() - due))
      }
      await new Promise(resolve => setTimeout(resolve, tickMs))
    }
    return Promise.all(waits)
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map(member => member.close()))
  }
}

class Member {
  #written = 0

  private constructor(
    private readonly writer: Writer,
    private readonly ids: readonly string[],
  ) {}

  static async connect(url: string, workspace: string, userId: string): Promise<Member> {
    const writer = await Writer.connect(url, userId, workspace)
    const ids = Array.from({ length: recordsEach }, (_, n) => `${userId}-${n}`)
    const inserts = ids.map((id, rank): Mutation => {
      return { kind: 'write', write: { op: 'insert', collection: 'tasks', id, values: { title: titleOf(rank), rank } } }
    })
    await writer.push(inserts)
    return new Member(writer, ids)
  }

  write(): Promise<void> {
    const rank = ++this.#written
    const id = this.ids[rank % this.ids.length] as string
    return this.writer.push([{ kind: 'write', write: { op: 'update', collection: 'tasks', id, patch: { rank } } }])
  }

  close(): Promise<void> {
    return this.writer.close()
  }
}
