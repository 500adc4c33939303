/** The page's frame before the browser has said who it is: of the same measures, so that nothing jumps. */
export function LoadingPage() {
  return (
    <div className="flex h-dvh" aria-busy="true">
      <div className="hidden w-64 border-r border-border bg-sidebar md:block" />
      <main className="flex flex-1 flex-col items-center justify-center">
        <p className="text-muted-foreground noscript:hidden" role="status">
          Loading…
        </p>
        <noscript>
          <p className="max-w-sm p-6 text-center">
            This page is a program: it needs JavaScript, which is switched off in this browser.
          </p>
        </noscript>
      </main>
    </div>
  )
}
