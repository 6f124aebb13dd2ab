import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { attackInProcess } from './hostile/attackInProcess.js'
import { attackOverSockets } from './hostile/attackOverSockets.js'
import { runKills } from './kills/runKills.js'
import { runStorm } from './storm/runStorm.js'
import { Wire } from './Wire.js'

const progress = (): void => undefined
const processesMs = 120_000

describe('the fault tests, in small', () => {
  it('[SIM-FAULT-1, SIM-FAULT-2] kill a node once and find nothing missing', { timeout: processesMs }, async () => {
    const { figures, faults } = await runKills({ kills: 1, seed: 1, progress })
    expect(faults).toEqual([])
    expect(Object.fromEntries(figures)).toMatchObject({ kills: 1, reloads: 1 })
  })

  it('[SIM-FAULT-3, SIM-FAULT-4] throw 500 frames at a node and find nothing wrong', async () => {
    const { figures, faults } = await attackInProcess({ frames: 500, seed: 1, progress })
    expect(faults).toEqual([])
    expect(Object.fromEntries(figures)).toMatchObject({ frames: 500 })
  })

  it('[SIM-FAULT-5] leave an honest client alone', { timeout: processesMs }, async () => {
    const { faults } = await attackOverSockets({ frames: 100, seed: 1, judgesLatency: false, progress })
    expect(faults).toEqual([])
  })

  it('[SIM-FAULT-8] have a few clients return to a node that was killed', { timeout: processesMs }, async () => {
    const { figures, faults } = await runStorm({ clients: 4 })
    expect(faults).toEqual([])
    expect(Object.fromEntries(figures)).toMatchObject({ clients: 4 })
  })

  it('[SIM-FAULT-6] hold back what is sent into the silence, and give it back', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => server.close())
    await once(server, 'listening')
    const address = server.address()
    const wire = new Wire(() => ({ host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 }))
    const connected = once(server, 'connection') as Promise<[WebSocket]>
    const socket = new WebSocket(`ws://127.0.0.1:${await wire.open()}`)
    onTestFinished(async () => {
      socket.terminate()
      await wire.close()
    })
    const [peer] = await connected
    const heard: string[] = []
    peer.on('message', data => heard.push(String(data)))
    await once(socket, 'open')
    socket.send('before')
    await once(peer, 'message')
    wire.hold()
    await new Promise(resolve => socket.send('into the silence', resolve))
    // A round trip beside the dead wire is longer than one on it would be.
    await roundTrip()
    expect(heard).toEqual(['before'])
    const came = once(peer, 'message')
    wire.mend()
    await came
    expect(heard).toEqual(['before', 'into the silence'])
  })
})

async function roundTrip(): Promise<void> {
  const echo = createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const address = echo.address()
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  socket.write('x')
  await once(socket, 'data')
  socket.destroy()
  echo.close()
}
