import { type Clock, type Random, systemClock, systemRandom } from '@tidemark/core'

/** What an embedded store takes from the outside: the time of a commit, by which the log ages, and chance for incarnations. */
export interface StorePlatform {
  readonly clock: Pick<Clock, 'now'>
  readonly random: Random
}

export const systemPlatform: StorePlatform = { clock: systemClock, random: systemRandom }
