import type { Wanted } from '../replica/Wanted.js'

/** Who wants something: this tab is `own`. */
export type TabId = string
export const ownTab: TabId = ''

/** What the tabs of a replica want of its one connection, each subscription once. */
export class Wants {
  readonly #byTabByKey = new Map<string, Map<TabId, Wanted>>()

  get keys(): Iterable<string> {
    return this.#byTabByKey.keys()
  }

  /** Names of listeners whose positions move with what is stored. */
  get names(): ReadonlySet<string> {
    const names = new Set<string>()
    for (const byTab of this.#byTabByKey.values())
      for (const wanted of byTab.values()) for (const name of wanted.names) names.add(name)
    return names
  }

  has(key: string): boolean {
    return this.#byTabByKey.has(key)
  }

  /** As all who want it want it together. */
  of(key: string): Wanted | undefined {
    const [first, ...others] = this.#byTabByKey.get(key)?.values() ?? []
    return first && others.reduce(joined, first)
  }

  /** Whether nobody wanted it before. */
  add(tab: TabId, wanted: Wanted): boolean {
    const { key } = wanted.watch
    const byTab = this.#byTabByKey.get(key)
    if (byTab) byTab.set(tab, wanted)
    else this.#byTabByKey.set(key, new Map([[tab, wanted]]))
    return byTab === undefined
  }

  /** Whether it was the last to want it. */
  remove(tab: TabId, key: string): boolean {
    const byTab = this.#byTabByKey.get(key)
    return byTab?.delete(tab) === true && byTab.size === 0 && this.#byTabByKey.delete(key)
  }
}

function joined(one: Wanted, other: Wanted): Wanted {
  return {
    watch: one.watch,
    limit: one.limit === null || other.limit === null ? null : Math.max(one.limit, other.limit),
    hasListeners: one.hasListeners || other.hasListeners,
    resumes: one.resumes || other.resumes,
    names: [...one.names, ...other.names],
  }
}
