/** Light, dark, or as the device is. In a cookie, so that the server writes it into the page and nothing flashes. */

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export const THEME_COOKIE = 'tuesday-theme'
const YEAR_SECONDS = 365 * 24 * 3600

export function themeOf(value: string | undefined): Theme {
  return THEMES.find(theme => theme === value) ?? 'system'
}

/** Shows it at once, and from the next request on. */
export function chooseTheme(document: Document, theme: Theme): void {
  document.documentElement.dataset.theme = theme
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`
}
