import { basename } from 'node:path'
import { trackedFiles } from './trackedFiles.mjs'

const bannedWords = /(Manager|Helper|Util|Handler|Data|Info|Service)s?(?![a-z])/
const bannedNames = /^(utils?|helpers?|types|misc|common)\.[jt]sx?$/

/** A file is named after its main export, and by words that say what it is. */
export function nameProblems() {
  return trackedFiles('packages/*/src', 'bench/src')
    .filter(file => /\.tsx?$/.test(file))
    .filter(file => bannedNames.test(basename(file)) || bannedWords.test(upperFirst(basename(file))))
    .map(file => `${file}: the name does not say what the file holds`)
}

const upperFirst = name => name.charAt(0).toUpperCase() + name.slice(1)
