/** The page's frame before the browser has said who it is: of the same measures, so that nothing jumps. */
export function LoadingPage() {
  return (
    <div className="flex h-dvh" aria-busy="true">
      <div className="hidden w-64 border-r border-border bg-sidebar md:block" />
      <main className="flex flex-1 items-center justify-center">
        <p className="text-muted-foreground" role="status">
          Loading…
        </p>
      </main>
    </div>
  )
}
