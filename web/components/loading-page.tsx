/** The page's frame before the browser has said who it is: of the same measures, so that nothing jumps. */
export function LoadingPage() {
  return (
    <div className="flex h-dvh" aria-busy="true">
      <div className="hidden w-64 border-r border-border bg-sidebar md:block" />
      <main className="relative flex flex-1 items-center justify-center">
        <p className="text-muted-foreground" role="status">
          Loading…
        </p>
        {/* Over the words above, which are not true then. */}
        <noscript>
          <p className="absolute inset-0 flex items-center justify-center bg-background p-6 text-center">
            This page is a program: it needs JavaScript, which is switched off in this browser.
          </p>
        </noscript>
      </main>
    </div>
  )
}
