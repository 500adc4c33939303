import { describe, expect, it } from 'vitest'
import type { InstanceExit } from '../../harness/cluster/cluster.ts'
import { type DemoCluster, DemoInstances, DemoRefusal } from './demo-instances.ts'
import type { DemoAction, DemoEvent } from './demo-state.ts'

/** Instances that do at once what they are told, but leave only when the test says so. */
class FakeCluster implements DemoCluster {
  readonly running = new Set(['chat-1', 'chat-2', 'chat-3'])
  readonly signals: string[] = []
  startError: Error | null = null
  readonly #exits = new Map<string, (exit: InstanceExit) => void>()

  async start(name: string): Promise<void> {
    if (this.startError !== null) throw this.startError
    this.running.add(name)
  }

  isRunning(name: string): boolean {
    return this.running.has(name)
  }

  async signal(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.signals.push(`${name} ${signal}`)
    if (signal === 'SIGKILL') this.leave(name, { code: null, signal, atMs: 0 })
  }

  exited(name: string): Promise<InstanceExit> {
    return new Promise(resolve => this.#exits.set(name, resolve))
  }

  leave(name: string, exit: InstanceExit): void {
    this.running.delete(name)
    this.#exits.get(name)?.(exit)
  }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

function demo() {
  const cluster = new FakeCluster()
  const events: DemoEvent[] = []
  const names = ['chat-1', 'chat-2', 'chat-3']
  const instances = new DemoInstances(cluster, names, { onEvent: event => events.push(event), nowMs: () => 1000 })
  const stateOf = (name: string) => instances.look().instances.find(found => found.name === name)!.state
  const told = () => events.map(({ number, instance, what }) => `${number} ${instance} ${what}`)
  return { cluster, instances, events, stateOf, told }
}

describe('the instances of the demo', () => {
  it('are all up', () => {
    const { instances } = demo()
    expect(instances.look()).toEqual({
      instances: ['chat-1', 'chat-2', 'chat-3'].map(name => ({ name, state: 'up' })),
      events: [],
    })
  })

  it('can be killed, and started again', async () => {
    const { cluster, instances, stateOf, told } = demo()
    await instances.act('chat-2', 'kill')
    await settled()
    expect(cluster.signals).toEqual(['chat-2 SIGKILL'])
    expect(stateOf('chat-2')).toBe('down')
    await instances.act('chat-2', 'start')
    expect(stateOf('chat-2')).toBe('starting')
    await settled()
    expect(stateOf('chat-2')).toBe('up')
    expect(told()).toEqual(['1 chat-2 was killed (SIGKILL)', '2 chat-2 is starting', '3 chat-2 is up'])
  })

  it('leave in order when they are drained', async () => {
    const { cluster, instances, stateOf, told } = demo()
    await instances.act('chat-1', 'drain')
    expect(stateOf('chat-1')).toBe('draining')
    cluster.leave('chat-1', { code: 0, signal: null, atMs: 0 })
    await settled()
    expect(stateOf('chat-1')).toBe('down')
    expect(told()).toEqual([
      '1 chat-1 was told to leave (SIGTERM)',
      '2 chat-1 has left in good order, with exit code 0',
    ])
  })

  it('can be killed while they leave, and their end is told once', async () => {
    const { instances, stateOf, told } = demo()
    await instances.act('chat-1', 'drain')
    await instances.act('chat-1', 'kill')
    await settled()
    expect(stateOf('chat-1')).toBe('down')
    expect(told()).toEqual(['1 chat-1 was told to leave (SIGTERM)', '2 chat-1 was killed (SIGKILL)'])
  })

  it('are seen to end by themselves', () => {
    const { cluster, stateOf, told } = demo()
    cluster.running.delete('chat-3')
    expect(stateOf('chat-3')).toBe('down')
    expect(told()).toEqual(['1 chat-3 has ended by itself'])
  })

  it('say why they did not start', async () => {
    const { cluster, instances, stateOf, told } = demo()
    await instances.act('chat-1', 'kill')
    await settled()
    cluster.startError = new Error('Port 20001 of chat-1 is taken by another process.')
    await instances.act('chat-1', 'start')
    await settled()
    expect(stateOf('chat-1')).toBe('down')
    expect(told().at(-1)).toBe('3 chat-1 did not start: Port 20001 of chat-1 is taken by another process.')
  })

  it.each([
    ['start', 'chat-1', /chat-1 is up, so it cannot be told to start/],
    ['kill', 'chat-4', /no instance chat-4/],
  ] as [DemoAction, string, RegExp][])('refuse to %s %s', async (action, name, message) => {
    const { cluster, instances } = demo()
    const acting = instances.act(name, action)
    await expect(acting).rejects.toThrow(DemoRefusal)
    await expect(acting).rejects.toThrow(message)
    expect(cluster.signals).toEqual([])
  })

  it('keep the last events only', async () => {
    const { instances } = demo()
    for (let turn = 0; turn < 30; turn++) {
      await instances.act('chat-1', 'kill')
      await settled()
      await instances.act('chat-1', 'start')
      await settled()
    }
    expect(instances.look().events).toHaveLength(50)
    expect(instances.look().events.at(-1)!.number).toBe(90)
  })
})
