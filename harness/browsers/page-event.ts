/** What `page-observer.js` tells of a page, in the order in which it happened. Sockets are numbered from 1. */

import type { Position } from '../ledger/ledger.ts'

export type PageEvent =
  | { readonly is: 'connecting'; readonly socket: number; readonly url: string }
  | { readonly is: 'open'; readonly socket: number }
  /** A frame that the page wrote. */
  | { readonly is: 'sent'; readonly socket: number; readonly text: string }
  /** A frame that came, before the page has seen it. */
  | { readonly is: 'received'; readonly socket: number; readonly text: string }
  /** By the service, by the page, or because it never opened. */
  | { readonly is: 'closed'; readonly socket: number; readonly code: number }
  /** The page's own word: it has the message, once. */
  | ({ readonly is: 'delivered' } & PageMessage)
  /** The page's own word: what it sent is in the log at this place. */
  | ({ readonly is: 'acked'; readonly room: string } & Position)
  /** The page shows this text as one that it could not send. */
  | { readonly is: 'failed'; readonly text: string }

export interface PageMessage extends Position {
  readonly room: string
  readonly id: string
  readonly from: string
  readonly text: string
}
