import { existsSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { StockClient } from '../yjs/testing/StockClient.js'
import { CliProcess } from './testing/CliProcess.js'
import { TestConsole } from './testing/TestConsole.js'

const bin = new URL('../../bin/tidemark.js', import.meta.url).pathname
const built = new URL('../../dist/cli/main.js', import.meta.url)

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

it('[S-CLI-2, S-CLI-8, G1] the built tidemark dev keeps what stock clients write, stopped gracefully or killed', async () => {
  expect(existsSync(built), 'pnpm build comes first').toBe(true)
  const directory = new TestConsole()
  ends.push(() => directory.remove())
  const start = async () => {
    const started = await CliProcess.start(bin, 'dev', '--port', '0', '--data', directory.directory)
    ends.push(() => started.kill('SIGKILL'))
    return started
  }
  const connect = ({ url }: CliProcess, user: string) => {
    const client = new StockClient(`${url}/yjs`, 'acme/notes/today', user)
    ends.push(() => client.destroy())
    return client
  }
  const first = await start()
  const [alice, bob] = [connect(first, 'alice'), connect(first, 'bob')]
  await Promise.all([alice.synced(), bob.synced()])
  alice.text.insert(0, 'one')
  await bob.reads('one')
  first.kill('SIGINT')
  first.kill('SIGINT')
  expect(await first.exited).toBe(0)

  const second = await start()
  const carol = connect(second, 'carol')
  await carol.reads('one')
  const other = connect(second, 'carol')
  carol.text.insert(3, ', two')
  await other.reads('one, two')
  second.kill('SIGKILL')
  expect(await second.exited).toBe('SIGKILL')
  await connect(await start(), 'bob').reads('one, two')
})
