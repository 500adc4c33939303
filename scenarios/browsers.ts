import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Four of forty clients are pages in a real Chromium, while an instance is killed and another one is stopped.',
  topology: { instances: 3 },
  // A message every other second from each client: a page types what it sends. 40 s hold two faults with 18 s for each.
  load: { rooms: 4, clients: 40, pages: 4, messagesPerSecond: 20, textBytes: 120, seconds: 40, warmUpSeconds: 3 },
  faults: [
    { kind: 'kill-instance', target: 'chat-1', atSeconds: 5, downSeconds: 1 },
    { kind: 'stop-instance', target: 'chat-2', atSeconds: 20, downSeconds: 1 },
  ],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    uncleanDrains: 0,
    // Wide: four pages that draw share the machine with everything else, and tell of a delivery by way of the browser's debugging pipe.
    crossInstanceP99Ms: { steady: 1000 },
    reconnectSeconds: 12,
  },
})
