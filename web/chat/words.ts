/** Numbers and times as the page says them. */

const CLOCK_TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const UNREAD_SHOWN_MAX = 99

/** Like 09:41. */
export function clockTime(atMs: number): string {
  return CLOCK_TIME.format(atMs)
}

/** Today, Yesterday, or the date. */
export function dayName(atMs: number, nowMs: number): string {
  const day = new Date(atMs).toDateString()
  if (day === new Date(nowMs).toDateString()) return 'Today'
  if (day === new Date(midnight(nowMs, 0) - 1).toDateString()) return 'Yesterday'
  return DAY.format(atMs)
}

/** Days with a change of clocks are shorter or longer than others. */
export function msUntilTomorrow(nowMs: number): number {
  return midnight(nowMs, 1) - nowMs
}

/** The beginning of a day, so many days on. */
function midnight(atMs: number, days: number): number {
  const at = new Date(atMs)
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days).getTime()
}

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A count that stays narrow. */
export function unreadText(count: number): string {
  return count > UNREAD_SHOWN_MAX ? `${UNREAD_SHOWN_MAX}+` : String(count)
}

/** The page's title; what is unread comes first, since tabs are narrow. */
export function pageTitle(room: string | null, unreadCount: number): string {
  const title = room === null ? 'Tuesday' : `${room} · Tuesday`
  return unreadCount > 0 ? `(${unreadText(unreadCount)}) ${title}` : title
}

/** The first letters of a name, for where there is no picture. */
export function initials(name: string): string {
  const parts = name.replace(/^guest~/, '').split(/[^A-Za-z0-9]+/)
  const letters = parts.filter(part => part !== '').map(part => part[0]!)
  return letters.slice(0, 2).join('').toUpperCase()
}

/** One of `count` colours, the same for a name everywhere. */
export function colourOf(name: string, count: number): number {
  let hash = 0
  for (let i = 0; i < name.length; i += 1) hash = (hash * 31 + name.charCodeAt(i)) % 65_521
  return hash % count
}

/** What others say ends with a full stop or without. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

export interface GapWords {
  readonly after: { readonly epoch: string; readonly seq: number }
  readonly next: { readonly epoch: string; readonly seq: number }
  readonly reason: 'trimmed' | 'epoch-lost'
}

/** What a gap means, for the person. */
export function gapText({ after, next, reason }: GapWords): string {
  const missing = next.seq - after.seq - 1
  const isCountKnown = after.epoch === next.epoch && missing > 0
  const what = isCountKnown
    ? `${counted(missing, 'message is', 'messages are')} missing here`
    : 'Messages may be missing here'
  return reason === 'trimmed'
    ? `${what}: they are no longer kept.`
    : `${what}: the service lost them, and went on in a new history.`
}
