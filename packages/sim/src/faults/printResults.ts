import type { PartResult } from './Faults.js'

/** Prints what each part came to, what it found, and a last line; says whether all was well. */
export function printResults(results: readonly PartResult[], replay: string): boolean {
  for (const { title, figures } of results) {
    console.log(`\n${title}`)
    for (const [name, value] of figures) console.log(`  ${name.padEnd(44)} ${String(value).padStart(12)}`)
  }
  const faults = results.flatMap(({ title, faults }) => faults.map(fault => ({ ...fault, title })))
  if (faults.length > 0) console.log('')
  for (const { title, id, message } of faults) console.log(`✗ ${title}: [${id}] ${message}`)
  if (faults.length > 0) console.log(`replay: pnpm faults ${replay}`)
  const parts = results.map(({ title }) => title).join(', ')
  console.log(faults.length === 0 ? `\n✓ ${parts}: no promise was broken` : `\n✗ ${parts}: promises were broken`)
  return faults.length === 0
}
