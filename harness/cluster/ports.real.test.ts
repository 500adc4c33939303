import { createServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { thisProcess } from './owner.ts'
import { BLOCK_PORTS, FIRST_PORT, isPortFree, reservePorts } from './ports.ts'

function listen(port: number, host: string): Promise<Server> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

test('a port that somebody listens on is not free, on whichever address', async () => {
  const { ports, release } = await reservePorts(thisProcess(), 1)
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    expect(await isPortFree(ports[0]!)).toBe(true)
    const server = await listen(ports[0]!, host)
    expect(await isPortFree(ports[0]!)).toBe(false)
    await new Promise(resolve => server.close(resolve))
  }
  release()
})

test('taken ports of a block are skipped', async () => {
  const first = await reservePorts(thisProcess(), 3)
  const [taken] = first.ports
  const server = await listen(taken!, '127.0.0.1')
  first.release()
  // The same block again, unless another run was quicker, and then the port is not in it anyway.
  const second = await reservePorts(thisProcess(), 3)
  expect(second.ports).toHaveLength(3)
  expect(second.ports).not.toContain(taken)
  second.release()
  await new Promise(resolve => server.close(resolve))
})

test('reservations side by side share no port and stay below the ephemeral range', async () => {
  const reservations = await Promise.all(Array.from({ length: 5 }, () => reservePorts(thisProcess(), 7)))
  const ports = reservations.flatMap(reservation => reservation.ports)
  expect(new Set(ports).size).toBe(35)
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(FIRST_PORT)
  expect(Math.max(...ports)).toBeLessThan(32_000)
  for (const reservation of reservations) reservation.release()
})

test('more ports than a block has are refused', async () => {
  await expect(reservePorts(thisProcess(), BLOCK_PORTS + 1)).rejects.toThrow(`A run can have ${BLOCK_PORTS} ports`)
})
