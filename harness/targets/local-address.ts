/**
 * From which address of this machine a client connects. A pair of addresses has some 28,000 ports for connections to one port; a machine that talks to
 * itself has millions of addresses, so that a load of more clients than that can be spread over several.
 */

/**
 * Per address and destination. Linux looks among every second port first, 14,116 of them: with those taken, each further connect looks at all of them in
 * vain, which cost load workers more than half of their CPU time. Some are left for those who reconnect while their old port is not free yet.
 */
export const CLIENTS_PER_ADDRESS_MAX = 12_000
/**
 * Per address that is bound, where there are addresses enough. A port is looked for at random, and the more of an address' ports are taken, the longer;
 * with 11,000 taken, looking was a third of what all load workers and instances did.
 */
const CLIENTS_PER_BOUND_ADDRESS = 1000
/** As many as fit into the last number of an address, so three million clients. */
const ADDRESSES_MAX = 250
/** 127.0.0.1 has the connections of everybody else. */
const FIRST = 2

/**
 * Undefined where the system may choose: on the way to another machine, and where one address is enough, also with one of the destinations away. It had better
 * choose: a bound address needs a port that no other connection of that address has, whatever its destination. `number`: any that differs from client to client.
 */
export function localAddressOf(
  number: number,
  clientsOfRun: number,
  destinations: number,
  host: string,
): string | undefined {
  const perDestination = clientsOfRun / Math.max(1, destinations - 1)
  if (!host.startsWith('127.') || perDestination <= CLIENTS_PER_ADDRESS_MAX) return undefined
  const addresses = Math.min(ADDRESSES_MAX, Math.ceil(clientsOfRun / CLIENTS_PER_BOUND_ADDRESS))
  return `127.0.0.${FIRST + (number % addresses)}`
}
