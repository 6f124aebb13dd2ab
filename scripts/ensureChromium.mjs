import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runQuietly } from './runCommand.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const fixed = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/**
 * The path of a Chromium for the browser tests: `CHROMIUM_PATH`, one that is installed, or one that apt installs when
 * this process is root. Undefined, with a sentence printed, where none can be had.
 */
export async function ensureChromium() {
  const found = findChromium()
  if (found) return found
  if (process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get')) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    await runQuietly('apt-get update', 'apt-get', ['update'], { env })
    const args = ['install', '-y', '--no-install-recommends', 'chromium']
    await runQuietly('install Chromium', 'apt-get', args, { env })
    const installed = findChromium()
    if (installed) return installed
  }
  console.log('Chromium is missing and cannot be installed from here: install it (Debian: apt-get install chromium)')
  console.log('or name one in CHROMIUM_PATH.')
  return undefined
}

function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  const inPath = (process.env.PATH ?? '').split(delimiter).flatMap(folder => names.map(name => join(folder, name)))
  return [...fixed, ...inPath].find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = await ensureChromium()
  if (path) console.log(path)
  else process.exitCode = 1
}
