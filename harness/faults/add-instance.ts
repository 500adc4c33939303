/** One more instance. Evidence: it is ready where nobody answered before. */

import { type Fault, NotFired } from './fault.ts'

const ANSWER_MS_MAX = 2_000

export const addInstance: Fault<'add-instance'> = {
  kind: 'add-instance',
  undo: () => 'nothing, it is to stay',

  prepare: ({ target }, { cluster, probes, now }) => ({
    async inject() {
      const before = await probes.readyz(target, ANSWER_MS_MAX)
      if (before !== null)
        throw new NotFired(`${target} was to be added, but something answered ${before} in its place`)
      const firedAtMs = now()
      await cluster.start(target).catch(error => {
        throw new NotFired(`${target} was to be added, but: ${(error as Error).message}`)
      })
      const effectAtMs = now()
      const status = await probes.readyz(target, ANSWER_MS_MAX)
      if (status !== 200) {
        throw new NotFired(`${target} was started, but answers ${status ?? 'nothing'} to /readyz instead of 200`)
      }
      const evidence =
        `${target} answered 200 to /readyz ${Math.round(effectAtMs - firedAtMs)} ms after its start, ` +
        'where nobody answered before'
      return { effectAtMs, evidence, exit: null }
    },
    async heal() {},
  }),
}
