import type { Member } from '../cluster/Member.js'

/** What some nodes show from outside, added up, but for the memory of each. */
export class NodesReading {
  constructor(
    /** Of metrics. */
    private readonly pages: readonly string[],
    readonly cpuMs: number,
    readonly residentBytes: readonly number[],
    /** Of each, since it started. */
    readonly mostResidentBytes: readonly number[],
  ) {}

  static async of(members: readonly Member[]): Promise<NodesReading> {
    const nodes = members.map(({ node }) => node)
    const pages = await Promise.all(nodes.map(async ({ url }) => (await fetch(new URL('/metrics', url))).text()))
    const cpuMs = await Promise.all(nodes.map(node => node.cpuMs()))
    const memories = await Promise.all(nodes.map(node => node.memory()))
    return new NodesReading(
      pages,
      cpuMs.reduce((sum, ms) => sum + ms, 0),
      memories.map(({ residentBytes }) => residentBytes),
      memories.map(({ mostResidentBytes }) => mostResidentBytes),
    )
  }

  /** A metric by the name that Prometheus knows it by, of all nodes and all its labels, or those with this one. */
  metric(name: string, label = ''): number {
    const lines = this.pages.flatMap(page => page.split('\n'))
    const values = lines.filter(line => /^\w+/.exec(line)?.[0] === name && line.includes(label))
    return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }
}
