/** Declared metrics that neither a panel nor an alert uses, each with the reason. All others have to be in one of them. */
export const DELIBERATELY_WITHOUT: Readonly<Record<string, string>> = {}
