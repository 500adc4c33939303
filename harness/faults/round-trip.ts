/** How long a question takes over a link, as far as that is the link's doing. */

import { type Answer, LinkProbe, type Question } from './link-probe.ts'

/** The quickest of several, since any one may have had to wait for the machine. */
const QUESTIONS = 3

export type RoundTrip = Extract<Answer, { is: 'answered' }>

/** The quickest of several on one connection; null where one was not answered in `msMax`. */
export async function roundTripOn(probe: LinkProbe, question: Question, msMax: number): Promise<RoundTrip | null> {
  let quickest: RoundTrip | null = null
  for (let count = 0; count < QUESTIONS; count++) {
    const answer = await probe.ask(question, msMax)
    if (answer.is !== 'answered') return null
    if (quickest === null || answer.tookMs < quickest.tookMs) quickest = answer
  }
  return quickest
}

/** The same on a new connection. */
export async function roundTrip(
  link: { readonly host: string; readonly port: number },
  question: Question,
  msMax: number,
): Promise<RoundTrip | null> {
  using probe = await LinkProbe.open(link)
  return probe === null ? null : await roundTripOn(probe, question, msMax)
}
