import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from './repository.mjs'

const isTerminal = process.stdout.isTTY === true
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const plainIntervalMs = 10_000
const killGraceMs = 5_000

const running = new Set()

let stoppedBy

/** Passes a signal on to whatever runs, and ends once that has ended. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stoppedBy = signal
    if (running.size === 0) process.exit(stoppedExitCode())
    // A terminal has already given Ctrl-C to the whole group: a second one would force a server down.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    for (const child of running) child.kill(signal)
  })
}

const stoppedExitCode = () => 128 + constants.signals[stoppedBy]

export const seconds = ms => `${(ms / 1000).toFixed(1)} s`

/**
 * Runs a command to its end. Its output goes through, or with `onOutput` there. After `limitMs` it is ended, and
 * counts as failed. Stopped by a signal it takes this process with it, but a server may end in its own way.
 *
 * @returns {Promise<{ code: number, signal: NodeJS.Signals | null, isLate: boolean }>}
 */
export function runCommand(command, args, { cwd = root, env = {}, onOutput, limitMs, isServer = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...(isTerminal ? {} : { NO_COLOR: '1' }), ...env },
      stdio: onOutput ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: process.platform === 'win32' && command === 'npx',
    })
    running.add(child)
    let isLate = false
    const limit = limitMs === undefined ? undefined : setTimeout(end, limitMs)
    let kill
    function end() {
      isLate = true
      child.kill('SIGTERM')
      kill = setTimeout(() => child.kill('SIGKILL'), killGraceMs)
    }
    child.stdout?.on('data', onOutput)
    child.stderr?.on('data', onOutput)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      running.delete(child)
      clearTimeout(limit)
      clearTimeout(kill)
      if (stoppedBy && !isServer) process.exit(stoppedExitCode())
      resolve({ code: code ?? 1, signal, isLate })
    })
  })
}

/**
 * Runs a command as a quiet step: one line says what goes on and for how long; what it printed is shown only if it
 * fails, or given back if not.
 */
export async function runQuietly(title, command, args, options = {}) {
  const startedAt = Date.now()
  const chunks = []
  let lastLine = ''
  const show = () => {
    const line = `${title} ${seconds(Date.now() - startedAt)}${lastLine && `  ${lastLine}`}`
    if (!isTerminal) return console.log(`  … ${line}`)
    const width = (process.stdout.columns ?? 80) - 3
    const frame = spinner[Math.floor(Date.now() / 100) % spinner.length]
    process.stdout.write(`\r\x1b[2K${frame} ${line.slice(0, width)}`)
  }
  const clear = () => isTerminal && process.stdout.write('\r\x1b[2K')
  if (!isTerminal) console.log(`• ${title}`)
  const timer = setInterval(show, isTerminal ? 100 : plainIntervalMs)
  const onOutput = chunk => {
    chunks.push(chunk)
    lastLine = lastLineOf(chunk.toString()) || lastLine
  }
  const { code, isLate } = await runCommand(command, args, { ...options, onOutput }).finally(() => clearInterval(timer))
  clear()
  const output = Buffer.concat(chunks).toString()
  const took = seconds(Date.now() - startedAt)
  if (code === 0) console.log(`✓ ${title} (${took})`)
  else console.log(`✗ ${title} (${isLate ? 'ended as too slow after ' : ''}${took})\n${output.trimEnd()}\n`)
  return { code, output }
}

function lastLineOf(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of the child are taken out of the one-line view.
  const lines = text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').split(/[\r\n]+/)
  return lines.findLast(line => line.trim() !== '')?.trim() ?? ''
}
