import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { balance } from './balance.mjs'
import { freePort } from './freePort.mjs'

/** Says its name to whoever connects. */
async function nodeNamed(name) {
  const server = createServer(socket => socket.end(name)).listen(0, '127.0.0.1')
  onTestFinished(() => server.close())
  await once(server, 'listening')
  return { name, isUp: true, port: server.address().port }
}

async function balanced(nodes) {
  const server = await balance(nodes, 0)
  onTestFinished(() => server.close())
  /** What so many connections hear, one after another. */
  return async count => {
    const heard = []
    while (heard.length < count) {
      const chunks = await connect(server.address().port, '127.0.0.1').toArray()
      heard.push(Buffer.concat(chunks).toString())
    }
    return heard
  }
}

it('gives each connection to the next node, and only to those that are up', async () => {
  const nodes = await Promise.all(['blue', 'green', 'amber'].map(nodeNamed))
  const hears = await balanced(nodes)
  expect(await hears(4)).toEqual(['blue', 'green', 'amber', 'blue'])
  nodes[1].isUp = false
  expect(new Set(await hears(4))).toEqual(new Set(['blue', 'amber']))
})

it('goes on to another where one has died and nobody has noticed yet; with none it hangs up', async () => {
  const blue = await nodeNamed('blue')
  const dead = { name: 'dead', isUp: true, port: await freePort() }
  const hears = await balanced([dead, blue])
  expect(await hears(3)).toEqual(['blue', 'blue', 'blue'])
  blue.isUp = false
  dead.isUp = false
  expect(await hears(1)).toEqual([''])
})
