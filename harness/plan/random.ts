/**
 * A small seeded generator of random numbers, the same on every platform: 32-bit integer arithmetic only.
 *
 * The generator is sfc32 by Chris Doty-Humphrey (PractRand, `RNG/sfc.h`, public domain): 128 bits of state, a counter among them,
 * so no cycle is shorter than 2^32. Its state is filled by splitmix32, the 32-bit variant of SplitMix (Steele, Lea, Flood:
 * "Fast splittable pseudorandom number generators", OOPSLA 2014) with the finaliser of MurmurHash3. Not for secrets.
 */

export interface Random {
  /** Uniform in [0, 1), with 53 bits. */
  uniform(): number
  /** Uniform whole number in [0, below). Its bias is below / 2^53, far from anything that a plan could show. */
  int(below: number): number
  /** Puts the array into a random order, in place (Fisher and Yates). */
  shuffle(array: unknown[]): void
}

/** Outputs that are thrown away, as in PractRand's own seeding, until the state is well mixed. */
const MIXING_ROUNDS = 12

/**
 * A generator for one purpose. Streams of one seed are independent of each other, so that one more fault in a scenario does not
 * move a single message.
 *
 * @param seed whole number from 0 to 2^31 - 1
 * @param stream what it is for; another name is another sequence
 */
export function createRandom(seed: number, stream: string): Random {
  const fill = splitmix32(seed ^ hash(stream))
  let a = fill()
  let b = fill()
  let c = fill()
  let counter = 1

  function next32(): number {
    const out = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + out) | 0
    return out >>> 0
  }

  function uniform(): number {
    const high = next32() >>> 5
    const low = next32() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }

  function int(below: number): number {
    return Math.floor(uniform() * below)
  }

  for (let round = 0; round < MIXING_ROUNDS; round++) next32()
  return {
    uniform,
    int,
    shuffle(array) {
      for (let last = array.length - 1; last > 0; last--) {
        const other = int(last + 1)
        const moved = array[last]
        array[last] = array[other]
        array[other] = moved
      }
    },
  }
}

function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return mixed ^ (mixed >>> 16)
  }
}

/** FNV-1a over the UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value
}
