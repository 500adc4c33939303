/**
 * Radix's layers write a style element while they are open, so that the page behind them stands still. The content-security policy wants the page's
 * nonce on it, which they ask the package get-nonce for.
 */

import { setNonce } from 'get-nonce'

/** In the browser, before the first layer opens. Browsers hide a nonce's attribute from styles and tell it to scripts alone. */
export function giveNonceToStyles(document: Document): void {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce
  if (nonce) setNonce(nonce)
}
