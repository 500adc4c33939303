import { defineScenario } from '../../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'Readers are too slow, an instance is cut off from Redis and messages are lost on its way: the other half of what dashboards show.',
  topology: { instances: 2, environment: { SLOW_READER_BYTES_MAX: '65536' } },
  load: { rooms: 2, clients: 20, messagesPerSecond: 100, textBytes: 8192, seconds: 28, warmUpSeconds: 3 },
  faults: [
    { kind: 'slow-readers', atSeconds: 3, share: 0.2, forSeconds: 8 },
    { kind: 'cut-redis', target: 'chat-1', atSeconds: 15, forSeconds: 4, how: 'reset' },
  ],
  budgets: { lost: 0, stranded: 0 },
})
