/**
 * Radix' dialog writes a style element to lock the page behind it. The content-security policy asks for the nonce of the page; the library that writes
 * the element, get-nonce, looks for it here.
 */
export function provideStyleNonce(document: Document): void {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce
  Object.assign(globalThis, { __webpack_nonce__: nonce })
}
