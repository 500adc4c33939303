/** Limits that no budget of a scenario sets, for panels and alerts alike. */

/** Beyond it, waiting grows faster than work: it is where queues of one server begin to. */
export const EVENT_LOOP_UTILIZATION_MAX = 0.9

/** Of the connections that there may be. When one of a few instances dies the others need the rest for its people. */
export const SHARE_OF_CONNECTIONS_MAX = 0.8
