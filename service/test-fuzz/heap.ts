/** Test support: how much an instance really holds, after garbage collection, by way of its inspector. */

import { type Environment, freePort, type TestInstance, until } from '../test-cluster.ts'

export class TestHeap {
  readonly #port: number

  private constructor(port: number) {
    this.#port = port
  }

  static async prepare(): Promise<TestHeap> {
    return new TestHeap(await freePort())
  }

  /** For the instance that is to be looked at. */
  get environment(): Environment {
    return { NODE_OPTIONS: `--inspect=127.0.0.1:${this.#port}` }
  }

  /** Bytes in use on its heap and outside of it, in buffers say. */
  async usedBytes(instance: TestInstance): Promise<number> {
    await this.#collect()
    const metrics = ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes']
    const values = await Promise.all(metrics.map(name => instance.metric(name)))
    return values.reduce((sum, value) => sum + value, 0)
  }

  async #collect(): Promise<void> {
    const targets = await (await fetch(`http://127.0.0.1:${this.#port}/json/list`)).json()
    const [{ webSocketDebuggerUrl }] = targets as [{ webSocketDebuggerUrl: string }]
    const socket = new WebSocket(webSocketDebuggerUrl)
    let isDone = false
    socket.addEventListener('open', () => socket.send('{"id":1,"method":"HeapProfiler.collectGarbage"}'))
    socket.addEventListener('message', () => {
      isDone = true
    })
    await until('the garbage is collected', () => isDone)
    socket.close()
  }
}
