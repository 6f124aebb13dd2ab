import { connect, createServer } from 'node:net'

/**
 * Hands each new connection to the next node that is up. It knows nothing of what goes over it, and nobody is bound to
 * a node: clients find all they need at any.
 */
export function balance(nodes, port) {
  let turn = 0
  const server = createServer({ pauseOnConnect: true }, socket => {
    const up = nodes.filter(({ isUp }) => isUp)
    const first = turn++ % Math.max(1, up.length)
    pass(socket, [...up.slice(first), ...up.slice(0, first)])
  })
  return new Promise((resolve, reject) => {
    server.once('error', ({ message }) => reject(new Error(`${message}: choose another port with PORT=4900.`)))
    server.listen(port, () => resolve(server))
  })
}

/** To the first of these that takes it. */
function pass(socket, [node, ...others]) {
  if (node === undefined) {
    socket.destroy()
    return
  }
  const onward = connect(node.port, '127.0.0.1')
  const tryOther = () => pass(socket, others)
  const end = () => {
    socket.destroy()
    onward.destroy()
  }
  onward.once('error', tryOther)
  onward.once('connect', () => {
    onward.off('error', tryOther)
    for (const side of [socket, onward]) side.setNoDelay().on('error', end).on('close', end)
    socket.pipe(onward).pipe(socket)
  })
}
