import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Four times the rate jumps to six times what it was for two seconds, as after a goal, and back.',
  topology: { instances: 3 },
  load: {
    rooms: 20,
    clients: 300,
    // 15 members to a room: 1,500 deliveries a second, and 9,000 in a spike.
    messagesPerSecond: 100,
    shape: { kind: 'spikes', toMessagesPerSecond: 600, everySeconds: 8, lastsSeconds: 2 },
    textBytes: 120,
    seconds: 36,
    warmUpSeconds: 3,
  },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Nothing breaks, so nothing is late, refused or left unanswered either, however much is said at once.
    late: 0,
    rejected: 0,
    unknown: 0,
    // Three of five messages are said in a spike, so the limits are on the spikes more than on the rest.
    crossInstanceP99Ms: 150,
    ackP99Ms: 150,
  },
})
