import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPackages } from './build.mjs'
import { ensureChromium } from './ensureChromium.mjs'
import { install } from './install.mjs'
import { binOf, fromSource, root } from './repository.mjs'
import { runCommand, seconds } from './runCommand.mjs'

const isCi = process.env.CI === 'true'
const limitMs = 15 * 60_000

/** Everything `npm test` runs. A stage answers how many tests passed and failed; a stage that is no suite is one. */
export async function test() {
  const startedAt = Date.now()
  const stages = [
    ['Build', build],
    ['Tests in Node', () => suite('node')],
    ['Hooks', () => suite('hooks')],
    ['Tests in Chromium', browserSuite],
    ['Simulator, 200 seeds', () => program('packages/sim/src/cli.ts', '--seeds', '200')],
    [
      'Faults, 5 kills, 50,000 frames, 50 clients',
      () => program('packages/sim/src/faults/cli.ts', '--kills', '5', '--frames', '50000', '--clients', '50'),
    ],
    [
      'Faults in a cluster, one of each kind',
      () => program('packages/sim/src/faults/cli.ts', '--cluster', '--kills', '12', '--seed', '1'),
    ],
  ]
  const total = { passed: 0, failed: 0 }
  for (const [index, [title, run]] of stages.entries()) {
    const stageStartedAt = Date.now()
    console.log(`\n── ${index + 1}/${stages.length} ${title} ${'─'.repeat(Math.max(0, 60 - title.length))}`)
    const { passed, failed, skipped } = await run().catch(failure)
    total.passed += passed
    total.failed += failed
    const verdict = skipped ?? `${passed} passed, ${failed} failed`
    console.log(
      `── ${title}: ${verdict} in ${seconds(Date.now() - stageStartedAt)}, ${seconds(Date.now() - startedAt)} in all`,
    )
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
}

const failure = error => {
  console.log(`✗ ${error.message}`)
  return { passed: 0, failed: 1 }
}

const verdictOf = hasPassed => (hasPassed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

async function build() {
  await install()
  await buildPackages({ ifChanged: true })
  return verdictOf(true)
}

/** One vitest project. Its files show as they finish; the counts come from its JSON report. */
async function suite(project, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-test-'))
  const reportFile = join(folder, 'report.json')
  const args = [binOf('vitest'), 'run', '--project', project, '--reporter=default', '--reporter=json']
  try {
    const { code, isLate } = await runCommand(process.execPath, [...args, `--outputFile.json=${reportFile}`], {
      env,
      limitMs,
    })
    if (isLate) throw new Error(`the tests did not end within ${limitMs / 60_000} minutes`)
    if (!existsSync(reportFile)) throw new Error('vitest ended without a report')
    return countsOf(JSON.parse(readFileSync(reportFile, 'utf8')), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file that does not load, an error outside a test, and a suite without a test each count as a failure. */
function countsOf(report, code) {
  const passed = report.numPassedTests
  const brokenFiles = report.testResults.filter(
    file => file.status === 'failed' && !file.assertionResults.length,
  ).length
  const left = report.numPendingTests + report.numTodoTests
  if (left > 0) console.log(`${left} tests were left out`)
  let failed = report.numFailedTests + brokenFiles + (isCi ? left : 0)
  if (passed + failed === 0) console.log('✗ no test was found')
  if (failed === 0 && (code !== 0 || passed === 0)) failed = 1
  return { passed, failed }
}

async function browserSuite() {
  const chromium = await ensureChromium()
  if (chromium) return suite('browser', { CHROMIUM_PATH: chromium })
  if (isCi) throw new Error('the tests in Chromium could not run')
  return { passed: 0, failed: 0, skipped: 'not run, for want of Chromium' }
}

/** A program's exit code that says: what it needs is not installed. */
const leftOut = 2

/** A program that checks itself and says so by its exit code. */
async function program(file, ...args) {
  if (!existsSync(join(root, file))) throw new Error(`${file} is missing`)
  const { code, isLate } = await runCommand(process.execPath, [...fromSource, file, ...args], { limitMs })
  if (isLate) throw new Error(`it did not end within ${limitMs / 60_000} minutes`)
  if (code === leftOut && !isCi) return { passed: 0, failed: 0, skipped: 'not run' }
  return verdictOf(code === 0)
}
