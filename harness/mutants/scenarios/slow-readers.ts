import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'Some clients stop reading while much is said, and the instances must not keep it all for them.',
  // The smallest cap that there is, since the buffers of the operating system have to be full before it counts: some 5 MB for each reader.
  topology: { instances: 2, environment: { SLOW_READER_BYTES_MAX: '65536' } },
  // 800 KB a second for each reader fill them in 6 s; after 20 s without a sign of life the clients would go by themselves.
  load: { rooms: 1, clients: 20, messagesPerSecond: 100, textBytes: 8000, seconds: 22, warmUpSeconds: 1 },
  faults: [{ kind: 'slow-readers', atSeconds: 2, forSeconds: 13, share: 0.4 }],
  // Each instance writes 8 MB a second, of which nothing should stay.
  budgets: { instanceMemoryGrowthMiB: 100 },
  settleSecondsMax: 20,
})
